import { buildSchema } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'
import { coordinatesOf, positionsOf } from './injection/positions.ts'

/** Hostile texts in every position of every argument that the API has, in the document and in variables. */
let superuser: pg.Client

const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true})';
   create type mood as enum ('sad', 'fine');
   create table victim (id bigint primary key, secret text not null);
   insert into victim values (1, 'the secret');
   revoke all on victim from anon, authenticated;
   create table thing (id int primary key, label text, about jsonb, tags text[], mood mood, at timestamptz, price numeric, ref uuid, day date, clock time, doc xml, big bigint, yes bool, ratio float8,
     ints int[], bigs bigint[], ratios float8[], prices numeric[], yeses bool[], refs uuid[], days date[], clocks time[], ats timestamptz[]);
   insert into thing (id, label) values (1, 'one');
   comment on table thing is '@graphql({"aggregate": {"enabled": true}, "totalCount": {"enabled": true}})';
   create table part (id int primary key, thing_id int references thing, label varchar(40));
   create function find(needle text, tags text[] default '{}') returns setof thing stable language sql as $$ select * from thing where label = needle or label = any (tags) $$;
   create function shout(what text) returns text language sql as $$ select upper(what) $$;`,
)
const changes = { watch: async () => () => {} }
const app = useGateway(database, { settings: { federation: true }, composed: [], changes })

beforeAll(async () => {
  superuser = new pg.Client(database.connections.for('supabase_admin'))
  await superuser.connect()
})
afterAll(async () => {
  await superuser.end()
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

/** A representation is an object, of a type and with fields that the client names. */
const representations = (payload: string) => [
  { __typename: 'Thing', id: payload },
  { __typename: payload, id: 1 },
  { __typename: 'Thing', id: 1, [payload]: payload },
]

test('nothing that is sent is ever SQL', { timeout: 600_000 }, async () => {
  const schema = buildSchema(await app.gateway.printSchema('authenticated'))
  const positions = positionsOf(schema)
  const reached = new Set(positions.flatMap(({ coordinates }) => coordinates))
  expect(coordinatesOf(schema).filter((one) => !reached.has(one))).toEqual([])
  expect(positions.length).toBeGreaterThan(500)

  for (const [i, { coordinates, kind, operation }] of positions.entries()) {
    const payload = payloads[i % payloads.length] ?? ''
    const isEntity = coordinates.at(-1) === 'Query._entities.representations'
    for (const value of isEntity ? payloads.flatMap(representations) : [payload]) {
      const { inline, text, variables } = operation(value)
      const ask = kind === 'subscription' ? app.firstEvent : app.graphql
      for (const answer of [await ask(text, { variables }), await ask(inline)]) {
        const told = `${coordinates.join(' ')} ${JSON.stringify(value)}: ${JSON.stringify(answer)}`
        expect(told.includes('the secret'), told).toBe(false)
        for (const { message, extensions } of answer.errors ?? []) {
          expect(extensions?.code, told).not.toBe('INTERNAL_SERVER_ERROR')
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
