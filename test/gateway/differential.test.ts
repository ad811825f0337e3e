import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import type { TestGateway } from '../support/gateway.ts'
import { operations, varied } from './differential/arbitrary.ts'
import { document } from './differential/document.ts'
import type { Operation } from './differential/operation.ts'
import { type Answer, ask } from './differential/oracle.ts'
import { type World, worlds } from './differential/world.ts'
import { statements } from './differential/world-sql.ts'

/**
 * Random operations over random tables, rows, roles and policies, asked of the gateway and worked out from plain SQL as
 * the same role. Both have the same data, each in a schema of its own; after a change the two are compared whole.
 * Another seed: SEED=7 npx vitest run test/gateway/differential.test.ts
 */
const seed = Number(process.env.SEED ?? 2026)
const worldCount = 20
const operationsPerWorld = 100

let database: TestDatabase
let superuser: pg.Client
let plain: pg.Client

beforeAll(async () => {
  database = await cloneDatabase()
  superuser = new pg.Client(database.connections.for('supabase_admin'))
  plain = new pg.Client(database.connections.for('authenticator'))
  await Promise.all([superuser.connect(), plain.connect()])
})
afterAll(async () => {
  await Promise.all([superuser.end(), plain.end()])
  await database.drop()
})

describe('the gateway answers what plain SQL says', () => {
  const all = fc.sample(worlds, { numRuns: worldCount, seed })

  test(`to ${worldCount * operationsPerWorld} random operations`, { timeout: 900_000 }, async () => {
    const app = await open()
    const seen = { changes: 0, inVariables: 0, errors: 0, rows: 0 }
    const features = new Map(Object.keys(worthwhile).map((name) => [name, 0]))
    try {
      for (const [i, world] of all.entries()) {
        await build(world, app)
        for (const operation of withRepeats(operationsOf(world, i, operationsPerWorld))) {
          const { expected, difference } = await compare(app, world, operation)
          if (difference) throw new Error(`world ${i}: ${difference}`)
          seen.changes += Number(operation.kind === 'mutation')
          seen.inVariables += Number(operation.inVariables && JSON.stringify(operation).includes('"filter":{'))
          seen.errors += Number(expected.error !== undefined)
          seen.rows += JSON.stringify(expected.data).split('{').length
          const told = expected.error === undefined ? document(operation).text : ''
          for (const [name, pattern] of Object.entries(worthwhile))
            features.set(name, (features.get(name) ?? 0) + Number(pattern.test(told)))
        }
      }
    } finally {
      await app.close()
    }
    // The operations are worth something.
    const count = worldCount * operationsPerWorld
    expect(seen.changes / count).toBeGreaterThan(0.3)
    expect(seen.inVariables / count).toBeGreaterThan(0.2)
    expect(seen.errors / count).toBeGreaterThan(0.05)
    expect(seen.errors / count).toBeLessThan(0.5)
    expect(seen.rows / count).toBeGreaterThan(5)
    for (const [name, times] of features) expect(times, name).toBeGreaterThan(count / 100)
    expect(
      all
        .flatMap(({ tables }) => tables)
        .some(({ policies }) => policies.some(({ condition }) => condition === 'ofSeenParent')),
    ).toBe(true)
  })
})

/** What the operations that are answered have to be about, each again and again. */
const worthwhile: Readonly<Record<string, RegExp>> = {
  'pages after a cursor': /after: /,
  'pages before a cursor': /before: /,
  groups: /groups\(/,
  'periods of time': /bucket|GroupBy!/,
  'first rows of those that agree': /distinctOn: /,
  'full-text search': /textSearch: |Filter/,
  'parts of JSON documents': /path: |Filter/,
  'filters by the related row': /parent: \{ (?!create|connect|[a-z_]+: (Asc|Desc))/,
  'filters by related rows': /\{ (some|none|every): |Filter/,
  'orders by related rows': /count: (Asc|Desc)|OrderBy!/,
  upserts: /onConflict/,
  'updates of many': /updateMany/,
  'nested creation': /create: |InsertInput!/,
  'changes of related rows': /(update|delete)Where: |UpdateInput!/,
}

type AnyFunction = (...args: never[]) => unknown
type Module = Record<string, AnyFunction>

/** What may go wrong in plan and query, by module: each must show within some hundred operations. */
const bugs: [name: string, path: string, wrong: (actual: Module) => Module][] = [
  [
    'a filter’s "not" is lost',
    'query/condition.ts',
    wrap('conditionSql', (call, [condition, ...rest]) =>
      call(kindOf(condition) === 'not' ? field(condition, 'of') : condition, ...rest),
    ),
  ],
  [
    '"or" is taken for "and"',
    'query/condition.ts',
    wrap('conditionSql', (call, [condition, ...rest]) =>
      call(kindOf(condition) === 'any' ? { ...(condition as object), kind: 'all' } : condition, ...rest),
    ),
  ],
  [
    'of several conditions one is enough',
    'plan/filter.ts',
    wrap('planFilter', (call, args) => {
      const planned = call(...args)
      return kindOf(planned) === 'all' ? (field(planned, 'of') as unknown[])[0] : planned
    }),
  ],
  ['a relation’s rows are not its parent’s', 'query/source.ts', wrap('joinConditions', () => [])],
  [
    'nulls come first where they come last',
    'query/order.ts',
    wrap('orderSql', (call, [order, ...rest]) =>
      call(
        (order as { nullsFirst: boolean }[]).map((term) => ({ ...term, nullsFirst: !term.nullsFirst })),
        ...rest,
      ),
    ),
  ],
  [
    'the first order is forgotten',
    'plan/order.ts',
    wrap('planOrder', (call, args) => {
      const terms = call(...args) as unknown[]
      return terms.length > 1 ? terms.slice(1) : terms
    }),
  ],
  [
    'a page is one row too long',
    'plan/page.ts',
    wrap('planPage', (call, args) => {
      const page = call(...args) as { limit: number }
      return { ...page, limit: page.limit + 1 }
    }),
  ],
  [
    'an offset is ignored',
    'plan/page.ts',
    wrap('planPage', (call, args) => ({ ...(call(...args) as object), offset: 0 })),
  ],
  [
    'an update forgets its filter',
    'plan/changes.ts',
    wrap('planUpdate', (call, args) => ({ ...(call(...args) as object), filter: undefined })),
  ],
  [
    'a delete takes the limit for more',
    'plan/changes.ts',
    wrap('planDelete', (call, args) => ({ ...(call(...args) as object), atMost: { kind: 'constant', value: 99 } })),
  ],
  [
    'a value is kept for the next request',
    'query/parameter.ts',
    (actual) => {
      const kept = new Map<unknown, unknown>()
      return wrap('bind', (call, [parameter, ...rest]) => {
        if (!kept.has(parameter)) kept.set(parameter, call(parameter, ...rest))
        return kept.get(parameter)
      })(actual)
    },
  ],
  [
    'a selection loses its last field',
    'plan/rows.ts',
    wrap('planObject', (call, args) => {
      const plan = call(...args) as { fields: unknown[] }
      return { ...plan, fields: plan.fields.length > 1 ? plan.fields.slice(0, -1) : plan.fields }
    }),
  ],
  [
    'a page before a cursor is one after it',
    'query/keyset.ts',
    wrap('besideCursor', (call, [order, cursor, alias, side]) =>
      call(order, cursor, alias, { ...(side as object), reversed: false }),
    ),
  ],
  [
    'groups are not chosen from',
    'plan/groups.ts',
    wrap('planGroups', (call, args) => ({ ...(call(...args) as object), having: undefined })),
  ],
  [
    'an upsert leaves all as it is',
    'query/on-conflict.ts',
    wrap('conflictSql', (call, [conflict, ...rest]) => call({ ...(conflict as object), update: [] }, ...rest)),
  ],
  [
    'related rows are changed whatever their filter',
    'plan/related-input.ts',
    wrap('bounds', (call, args) => ({ ...(call(...args) as object), filter: undefined })),
  ],
  [
    'what is created for a row belongs to the row before it',
    'plan/related-input.ts',
    wrap('tieTo', (call, [relation, to, use]) => call(relation, { ...(to as object), place: 0 }, use)),
  ],
  ['rows that agree in a column are not told apart', 'plan/page.ts', wrap('planDistinct', () => [])],
  [
    'a search is a phrase',
    'query/text-search.ts',
    wrap('textSearchSql', (call, [condition, ...rest]) =>
      call(
        { ...(condition as object), search: { ...(field(condition, 'search') as object), syntax: 'phrase' } },
        ...rest,
      ),
    ),
  ],
  [
    'a condition on a part of a document is one on all of it',
    'query/json-condition.ts',
    wrap('jsonConditionSql', (call, [condition, ...rest]) => call({ ...(condition as object), at: [] }, ...rest)),
  ],
  [
    'aggregates count all rows',
    'query/aggregate.ts',
    wrap('aggregateJson', (call, [fields, ...rest]) =>
      call(
        (fields as { kind: string }[]).map((part) => (part.kind === 'min' ? { ...part, kind: 'max' } : part)),
        ...rest,
      ),
    ),
  ],
]

describe('a bug is caught', () => {
  const few = fc.sample(worlds, { numRuns: 6, seed: seed + 1 })

  afterEach(() => {
    vi.resetModules()
    for (const [, path] of bugs) vi.doUnmock(join(path))
  })

  test.each(bugs)('%s', async (_name, path, wrong) => {
    vi.resetModules()
    vi.doMock(join(path), async (original) => wrong((await original()) as Module))
    const app = await open()
    try {
      expect(await differs(app)).toBe(true)
    } finally {
      await app.close()
    }
  })

  async function differs(app: TestGateway): Promise<boolean> {
    for (const [i, world] of few.entries()) {
      await build(world, app)
      for (const operation of withRepeats(operationsOf(world, i, 120))) {
        if ((await compare(app, world, operation)).difference) return true
      }
    }
    return false
  }
})

function join(path: string): string {
  return new URL(`../../src/gateway/${path}`, import.meta.url).pathname
}

function wrap(name: string, around: (call: (...args: unknown[]) => unknown, args: unknown[]) => unknown) {
  return (actual: Module): Module => {
    const call = actual[name] as unknown as ((...args: unknown[]) => unknown) | undefined
    if (!call) throw new Error(`${name} is elsewhere now`)
    return { ...actual, [name]: ((...args: unknown[]) => around(call, args)) as AnyFunction }
  }
}

function kindOf(value: unknown): unknown {
  return field(value, 'kind')
}

function field(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[name]
}

/** The gateway as its modules are now. */
async function open(): Promise<TestGateway> {
  await administer(database.connections, 'drop schema if exists asked cascade; create schema asked')
  const { createTestGateway } = await import('../support/gateway.ts')
  return await createTestGateway(database, { schemas: ['asked'] })
}

async function build(world: World, app: TestGateway): Promise<void> {
  await superuser.query(statements(world, 'told'))
  await superuser.query(statements(world, 'asked'))
  await app.refresh()
}

function operationsOf(world: World, index: number, count: number): Operation[] {
  return fc.sample(operations(world), { numRuns: count, seed: seed + index })
}

/** Asked a third time with other variables, a query is known and planned already: some are. */
function withRepeats(operations: readonly Operation[]): Operation[] {
  return operations.flatMap((one, i) =>
    i % 3 === 0 && one.kind === 'query' && one.inVariables ? [one, varied(one), varied(varied(one))] : [one],
  )
}

async function compare(
  app: TestGateway,
  world: World,
  operation: Operation,
): Promise<{ expected: Answer; difference?: string }> {
  const { text, variables } = document(operation)
  const { role, sub } = operation
  const { data, errors } = await app.graphql(text, { role, claims: { sub: String(sub) }, variables })
  const expected = await ask(plain, world, 'told', operation)
  const error = errors && codeOf(errors[0])
  const answered = { data: data ?? null, ...(error !== undefined && { error }) }
  const differs = canonical(answered) !== canonical(expected)
  const states = operation.kind === 'mutation' ? [await dump(world, 'asked'), await dump(world, 'told')] : []
  if (!differs && states[0] === states[1]) return { expected }
  const told = [
    text,
    JSON.stringify({ role, sub, variables }),
    canonical(answered),
    canonical(expected),
    JSON.stringify(errors),
    ...states,
  ]
  return { expected, difference: told.join('\n') }
}

function codeOf(error: { message: string; extensions?: Readonly<Record<string, unknown>> } | undefined): string {
  if (error?.message.includes('impacts too many records')) return 'atMost'
  return String(error?.extensions?.sqlstate ?? error?.message)
}

/** The rows that a change answers come in no order that anybody promises. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'records' && Array.isArray(inner) ? inner.map((row) => JSON.stringify(row)).toSorted() : inner,
  )
}

async function dump({ tables }: World, schema: string): Promise<string> {
  const all = tables.map(
    ({ name }) => `(select coalesce(json_agg(t order by t.id)::text, '') from ${schema}.${name} t)`,
  )
  const { rows } = await superuser.query<{ rows: string }>(`select concat_ws(E'\\n', ${all.join(', ')}) as rows`)
  return rows[0]?.rows ?? ''
}
