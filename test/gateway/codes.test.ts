import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** Codes of errors that clients rely on, and that no other test of this room is about. */

const database = useDatabase(
  `create function collide(state text) returns text language plpgsql as $$ begin raise exception using errcode = state; end $$;
   create function own_status() returns text language plpgsql as $$ begin raise sqlstate 'PT402' using message = 'Pay first'; end $$`,
)
const app = useGateway(database, {
  settings: { persistedQueries: false },
  services: async () => Response.json({ message: 'Not today.' }, { status: 400 }),
})

const caller = { role: 'anon', claims: { role: 'anon' } }
const requestInfo = { method: 'POST', path: '/graphql/v1', headers: {} }
async function codeOf(body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://portico.test/graphql/v1', { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = (await (await app.gateway.fetch(request, { caller, requestInfo })).json()) as {
    errors: { extensions: { code: string } }[]
  }
  return answer.errors[0]?.extensions.code
}

test.each<[string, object]>([
  ['GRAPHQL_PARSE_FAILED', { query: '{ a' }],
  ['GRAPHQL_VALIDATION_FAILED', { query: '{ nothingOfTheKind }' }],
  ['BAD_USER_INPUT', { query: 'mutation ($s: String!) { collide(state: $s) }', variables: { s: 5 } }],
  ['DOCUMENT_NOT_FOUND', { documentId: 'unknown' }],
  ['PERSISTED_QUERY_NOT_SUPPORTED', { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }],
  ['CONFLICT', { query: 'mutation { collide(state: "40001") }' }],
  ['CONFLICT', { query: 'mutation { collide(state: "40P01") }' }],
  ['CONSTRAINT_VIOLATION', { query: 'mutation { collide(state: "23P01") }' }],
  ['FORBIDDEN', { query: 'mutation { collide(state: "42501") }' }],
  ['RAISED', { query: 'mutation { own_status }' }],
  ['TIMEOUT', { query: 'mutation { collide(state: "57014") }' }],
  ['SERVICE_ERROR', { query: '{ storageBuckets { name } }' }],
  ['INTERNAL_SERVER_ERROR', { query: 'mutation { collide(state: "XX001") }' }],
])('%s: %j', async (code, body) => {
  expect(await codeOf(body)).toBe(code)
})

test('each is explained', () => {
  const page = readFileSync('docs/errors.md', 'utf8')
  const codes = [
    'CONSTRAINT_VIOLATION',
    'FORBIDDEN',
    'CONFLICT',
    'RAISED',
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'SERVICE_ERROR',
    'FUNCTION_ERROR',
  ]
  for (const code of codes) expect(page).toContain(`\`${code}\``)
})
