import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** Keys and foreign keys of a table hold for none of the tables that inherit from it. */
const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true})';
   create table town (id int primary key, name text);
   create table suburb () inherits (town);
   create table person (id int primary key, town_id int not null references town);
   create table guest () inherits (person);
   insert into town values (1, 'Paris'), (2, 'Rome');
   insert into suburb values (1, 'Passy');
   insert into person values (1, 1), (2, 2);
   insert into guest values (3, 9);
   grant select on town, suburb, person, guest to authenticated`,
)
const app = useGateway(database)

function ids(data: Record<string, unknown> | null | undefined): readonly number[] {
  const { edges = [] } = (data?.personCollection ?? {}) as {
    readonly edges?: readonly { readonly node: { readonly id: number } }[]
  }
  return edges.map(({ node }) => node.id)
}

test('an order by a related row loses none, and repeats none', async () => {
  const { data, errors } = await app.graphql(
    `{ personCollection(orderBy: [{ town: { name: AscNullsLast } }]) { edges { node { id } } } }`,
  )
  expect(errors).toBeUndefined()
  expect(ids(data).toSorted()).toEqual([1, 2, 3])
})

test('the largest offset is one like others', async () => {
  const { data, errors } = await app.graphql(
    `{ personCollection(offset: 2147483647) { edges { node { town { id } } } pageInfo { hasNextPage } } }`,
  )
  expect(errors).toBeUndefined()
  expect(data).toEqual({ personCollection: { edges: [], pageInfo: { hasNextPage: false } } })
})

test.each([
  ['AscNullsFirst', [1, 2, 3]],
  ['AscNullsLast', []],
])('a cursor of null in a column without nulls has the place of %s', async (direction, expected) => {
  const cursor = Buffer.from('[null,0]').toString('base64')
  const { data, errors } = await app.graphql(
    `{ personCollection(orderBy: [{ townId: ${direction} }], after: "${cursor}") { edges { node { id } } } }`,
  )
  expect(errors).toBeUndefined()
  expect(ids(data)).toEqual(expected)
})
