import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { createTestGateway, type TestGateway } from '../support/gateway.ts'

/** Hostile texts in every position of every argument that the API has, in the document and in variables. */
let database: TestDatabase
let app: TestGateway
let superuser: pg.Client

beforeAll(async () => {
  database = await cloneDatabase()
  await administer(
    database.connections,
    `comment on schema public is '@graphql({"inflect_names": true})';
     create type mood as enum ('sad', 'fine');
     create table victim (id bigint primary key, secret text not null);
     insert into victim values (1, 'the secret');
     revoke all on victim from anon, authenticated;
     create table thing (id int primary key, label text, about jsonb, tags text[], mood mood, at timestamptz, price numeric, ref uuid, day date, clock time, doc xml, big bigint, yes bool);
     insert into thing (id, label) values (1, 'one');
     create table part (id int primary key, thing_id int references thing, label varchar(40));
     create function find(needle text, tags text[] default '{}') returns setof thing stable language sql as $$ select * from thing where label = needle or label = any (tags) $$;
     create function shout(what text) returns text language sql as $$ select upper(what) $$;`,
  )
  app = await createTestGateway(database, { settings: { federation: true } })
  superuser = new pg.Client(database.connections.for('supabase_admin'))
  await superuser.connect()
})
afterAll(async () => {
  await superuser.end()
  await app.close()
  await database.drop()
})

const payloads = [
  `'; drop table victim; --`,
  `' or '1'='1`,
  `") or true; select secret from victim; --`,
  `$1`,
  `\\'; drop table victim; --`,
  `{"a": "'); drop table victim; --"}`,
  `{"x",'); drop table victim; --}`,
  `(select secret from victim)`,
  Buffer.from(`["public", "thing", "1'); drop table victim; --"]`).toString('base64'),
  Buffer.from(`["public", "victim", 1]`).toString('base64'),
  Buffer.from(`["1); drop table victim; --"]`).toString('base64'),
  'a\u0000b',
  '%s%I%L',
]

interface Place {
  readonly field: string
  readonly kind: 'query' | 'mutation'
  /** The field's arguments with `payload` in one position. */
  args(payload: string): Record<string, unknown>
  readonly types: Readonly<Record<string, string>>
  readonly selection: string
}

test('nothing that is sent is ever SQL', { timeout: 600_000 }, async () => {
  const schema = buildSchema(await app.gateway.printSchema('authenticated'))
  const places = (['query', 'mutation'] as const).flatMap((kind) => {
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType()
    return Object.values(type?.getFields() ?? {}).flatMap(({ name, args, type }) =>
      args.flatMap((argument) =>
        positions(argument.type, 2).map(
          (position): Place => ({
            field: name,
            kind,
            types: Object.fromEntries(args.map((one) => [one.name, String(one.type)])),
            selection: selectionOf(type),
            args: (payload) => ({ ...required(args), [argument.name]: position(payload) }),
          }),
        ),
      ),
    )
  })
  expect(places.length).toBeGreaterThan(100)

  for (const [i, place] of places.entries()) {
    // All of them are met many times.
    for (const payload of [payloads[i % payloads.length] ?? '']) {
      const args = place.args(payload)
      const names = Object.keys(args)
      const declared = names.map((name) => `$${name}: ${place.types[name]}`).join(', ')
      const passed = names.map((name) => `${name}: $${name}`).join(', ')
      const inline = names.map((name) => `${name}: ${literal(args[name])}`).join(', ')
      const answers = [
        await app.graphql(`${place.kind} (${declared}) { ${place.field}(${passed}) ${place.selection} }`, {
          variables: args,
        }),
        await app.graphql(`${place.kind} { ${place.field}(${inline}) ${place.selection} }`),
      ]
      for (const answer of answers) {
        const text = JSON.stringify(answer)
        const told = `${place.field} ${JSON.stringify(args)}: ${text}`
        expect(text.includes('the secret'), told).toBe(false)
        for (const { message, extensions } of answer.errors ?? []) {
          // A language of its own, read as a value.
          if (message.includes('jsonpath')) continue
          // Whatever reaches Postgres is read as a value; nothing is parsed as SQL, or fails inside.
          expect(String(extensions?.sqlstate ?? ''), told).not.toMatch(/^42(?!501|883)/)
          expect(message, told).not.toMatch(/syntax error at or near/)
        }
      }
    }
  }
  const { rows } = await superuser.query('select * from victim')
  expect(rows).toEqual([{ id: '1', secret: 'the secret' }])
})

/** Ways to put a text somewhere into a value of a type. */
function positions(type: GraphQLInputType, depth: number): ((payload: string) => unknown)[] {
  const nullable = getNullableType(type)
  if (isListType(nullable))
    return positions(nullable.ofType, depth).map((position) => (payload: string) => [position(payload)])
  if (isEnumType(nullable)) return [(payload) => payload]
  if (!isInputObjectType(nullable)) return [(payload) => payload]
  if (depth === 0) return []
  return Object.values(nullable.getFields()).flatMap((field) =>
    positions(field.type, depth - 1).map((position) => (payload: string) => ({
      ...requiredFields(Object.values(nullable.getFields())),
      [field.name]: position(payload),
    })),
  )
}

function required(args: readonly GraphQLArgument[]): Record<string, unknown> {
  return Object.fromEntries(args.filter(isRequiredArgument).map(({ name, type }) => [name, harmless(type)]))
}

function requiredFields(fields: readonly GraphQLInputField[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter(isRequiredInputField).map(({ name, type }) => [name, harmless(type)]))
}

function harmless(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [harmless(nullable.ofType)]
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name
  if (isInputObjectType(nullable)) return requiredFields(Object.values(nullable.getFields()))
  return nullable.name === 'Boolean' ? true : nullable.name === 'Int' || nullable.name === 'Float' ? 7 : '7'
}

function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type)
  return isObjectType(named) || 'getFields' in named ? '{ __typename }' : ''
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${literal(inner)}`)
    .join(', ')} }`
}
