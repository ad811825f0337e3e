import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'
import { type Answered, createTestGateway, type TestGateway } from '../support/gateway.ts'

/**
 * Each case is an operation with the SQL it compiles to and what it answers, side by side: `NAME.graphql`, `NAME.sql`,
 * `NAME.json`. Comments of the operation say its variables, claims and role. `npm test -- -u` writes the last two anew;
 * read the diff.
 */
const folder = join(import.meta.dirname, 'cases')
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => name.replace('.graphql', ''))

let shared: Case

beforeAll(async () => {
  shared = await openCase()
})
afterAll(() => shared?.close())

interface Case {
  readonly app: TestGateway
  /** The same for a Postgres that lacks `json_scalar`. */
  readonly before17: TestGateway
  close(): Promise<void>
}

async function openCase(): Promise<Case> {
  const database = await cloneDatabase()
  await administer(database.connections, readFileSync(join(folder, 'schema.sql'), 'utf8'))
  const options = { settings: { federation: true }, schemaFolder: join(folder, 'schema') }
  const app = await createTestGateway(database, options)
  const before17 = await createTestGateway(database, { ...options, serverVersion: 160_004 })
  return {
    app,
    before17,
    async close() {
      await app.close()
      await before17.close()
      await database.drop()
    },
  }
}

describe.each(cases)('%s', (name) => {
  const document = readFileSync(join(folder, `${name}.graphql`), 'utf8')
  const note = <T>(key: string, otherwise: T) =>
    JSON.parse(new RegExp(`^# ${key}: (.*)$`, 'm').exec(document)?.[1] ?? JSON.stringify(otherwise)) as T
  const asked = {
    role: note('role', 'authenticated'),
    variables: note<Record<string, unknown>>('variables', {}),
    claims: note<Record<string, unknown>>('claims', {}),
  }
  const file = (extension: string) => join(folder, `${name}.${extension}`)

  test('compiles to its SQL', async () => {
    const statements = await shared.app.gateway.explain(asked.role, document, asked.variables)
    if (statements.length > 0) await expect(`${statements.join(';\n\n')};\n`).toMatchFileSnapshot(file('sql'))
    const older = await shared.before17.gateway.explain(asked.role, document, asked.variables)
    expect(older.join()).not.toContain('json_scalar')
  })

  // A mutation asked again answers something else, as do those after it.
  if (/^mutation/m.test(document)) {
    test.each(['app', 'before17'] as const)('answers its rows (%s)', async (which) => {
      const own = await openCase()
      try {
        await expect(text(alone(await own[which].graphql(document, asked)))).toMatchFileSnapshot(file('json'))
      } finally {
        await own.close()
      }
    })
    return
  }

  test('answers its rows, and the same once it is known', async () => {
    const ask = async (way: Way) => alone(await way(document, asked))
    const { app, before17 } = shared
    const first = await ask(app.graphql)
    expect(first.status).toBe(200)
    await expect(text(first)).toMatchFileSnapshot(file('json'))
    expect(await ask(app.overHttp)).toEqual(first)
    expect(await ask(app.overHttp)).toEqual(first)
    expect(await ask(before17.graphql)).toEqual(first)
  })
})

type Way = TestGateway['graphql']

/** Without the SQL and its cost, which the service role is told in development. */
function alone({ status, data, errors }: Answered): Answered {
  return { status, ...(data !== undefined && { data }), ...(errors && { errors }) }
}

function text({ status: _, ...answer }: Answered): string {
  return `${JSON.stringify(answer, undefined, 2)}\n`
}
