/**
 * Operations that nobody tuned for, against SQL that a good engineer would write for each, on the rows and by the server of
 * the GraphQL benchmark.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { challengeOf } from '../graphql/challenge-of.ts'
import type { LimitOptions } from '../photo-community/limit-options.ts'
import { openPhotoCommunity, writeOnce } from '../photo-community/open-photo-community.ts'
import { signTokens } from '../photo-community/sign-tokens.ts'
import { type Contender, chosen, runChallenges, words } from '../side-by-side/index.ts'
import { forkBench } from '../support/index.ts'
import { shapes } from './operations/index.ts'
import { measureSeries, series } from './series.ts'

export async function run(args: string[]): Promise<boolean> {
  const options = {
    ...words,
    reps: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
  } as const
  const { values } = parseArgs({ args, options })
  const asked = chosen([...shapes, ...series], values.only)

  await using cleanUp = new AsyncDisposableStack()
  const community = cleanUp.adopt(await openPhotoCommunity(values.data), (opened) => opened.close())
  const administrator = community.login('supabase_admin')
  await writeOnce(join(import.meta.dirname, 'shapes.sql'), 'shapes-are-written', community, values.data)
  await withoutWorkers(administrator, true)
  cleanUp.defer(() => withoutWorkers(administrator, false))

  const login: LimitOptions = { connection: community.login('authenticator'), secret: community.secret }
  const limit = cleanUp.adopt(forkBench(join(import.meta.dirname, 'limit.ts'), login), (child) => void child.kill())
  const [port] = await once(limit, 'message')
  const contender: Contender = { name: 'LIMIT', url: `http://127.0.0.1:${port}`, pid: limit.pid ?? 0 }
  const tokens = await signTokens(community.secret)
  await seen(`${community.portico.url}/graphql/v1`, tokens[0] ?? '')
  const met = await runChallenges(
    shapes.filter((shape) => asked.includes(shape)).map((shape) => challengeOf(shape, community, [contender], tokens)),
    community.postgres,
    values,
  )
  const grows = await measureSeries(
    series.filter((one) => asked.includes(one)),
    community,
    contender,
    tokens,
    {
      connections: Number(values.connections.split(',')[0]),
      milliseconds: Number(values.seconds) * 1000,
      rounds: Number(values.reps),
      warmUp: Number(values['warm-up']) * 1000,
    },
  )
  return met && grows
}

/** Workers that share a query are processes of their own, whose time would be nobody's. */
async function withoutWorkers(login: pg.ClientConfig, isWithout: boolean): Promise<void> {
  const client = new pg.Client(login)
  await client.connect()
  await client.query(
    `alter system ${isWithout ? 'set max_parallel_workers_per_gather = 0' : 'reset max_parallel_workers_per_gather'}`,
  )
  await client.query('select pg_reload_conf()')
  await client.end()
}

/** Resolves when Portico has found the tables that were made after its start. */
async function seen(url: string, authorization: string): Promise<void> {
  const body = JSON.stringify({ query: '{ albumItemsCollection(first: 1) { edges { node { place } } } }' })
  const headers = { authorization, 'content-type': 'application/json' }
  for (let looked = 0; looked < 100; looked++) {
    const { data } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as { data?: object }
    if (data) return
    await sleep(100)
  }
  throw new Error('Portico does not find the tables of the shapes')
}
