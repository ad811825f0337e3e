import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { createTestGateway, type TestGateway } from '../support/gateway.ts'

/**
 * Each case is an operation with the SQL it compiles to and what it answers, side by side:
 * `NAME.graphql`, `NAME.sql`, `NAME.json`. `npm test -- -u` writes the last two anew; read the diff.
 */
const folder = join(import.meta.dirname, 'cases')
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => name.replace('.graphql', ''))

let database: TestDatabase
let app: TestGateway

describe.each(cases)('%s', (name) => {
  const document = readFileSync(join(folder, `${name}.graphql`), 'utf8')
  const note = (key: string) =>
    JSON.parse(new RegExp(`^# ${key}: (.*)$`, 'm').exec(document)?.[1] ?? '{}') as Record<string, unknown>

  beforeAll(async () => {
    database = await cloneDatabase()
    await administer(database.connections, readFileSync(join(folder, 'schema.sql'), 'utf8'))
    app = await createTestGateway(database)
  })
  afterAll(async () => {
    await app.close()
    await database.drop()
  })

  test('compiles to its SQL', async () => {
    const statements = await app.gateway.explain('authenticated', document, note('variables'))
    await expect(`${statements.join(';\n\n')};\n`).toMatchFileSnapshot(join(folder, `${name}.sql`))
  })

  test('answers its rows', async () => {
    const { status, ...answer } = await app.graphql(document, { variables: note('variables'), claims: note('claims') })
    expect(status).toBe(200)
    await expect(`${JSON.stringify(answer, undefined, 2)}\n`).toMatchFileSnapshot(join(folder, `${name}.json`))
  })

  // A mutation asked again answers something else.
  if (/^mutation/m.test(document)) return
  test('answers the same once it is known', async () => {
    const asked = { variables: note('variables'), claims: note('claims') }
    const first = await app.graphql(document, asked)
    expect(await app.overHttp(document, asked)).toEqual(first)
    expect(await app.overHttp(document, asked)).toEqual(first)
  })
})
