/**
 * Auth, by processor time, which a busy machine changes little: what verifying a token adds to a GraphQL request, what
 * renewing a session costs next to a bare handler with the same SQL (limit.ts), and what signing in costs next to the hash alone.
 * Waiting times of a query while 64 people sign in are reported without a limit.
 *
 * Linux only: processor time comes from /proc.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import bcrypt from '@node-rs/bcrypt'
import { createTokenVerifier } from '#auth'
import type { LimitOptions } from '../photo-community/limit-options.ts'
import { forkBench, median, printTable, processorTime, sessionTimes, workedSince } from '../support/index.ts'
import { openAuthProject, type People } from './auth-project.ts'

/** Shares of the compared cost that may be added, or must be reached. */
const goals = { verify: 0.05, refresh: 1 / 3, signIn: 1.15 }

const query = JSON.stringify({ query: '{ notesCollection(first: 10) { edges { node { id body } } } }' })

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: { reps: { type: 'string', default: '5' }, requests: { type: 'string', default: '400' } },
  })
  const [reps, requests] = [Number(values.reps), Number(values.requests)]
  await using cleanUp = new AsyncDisposableStack()
  const project = cleanUp.adopt(await openAuthProject(), (opened) => opened.close())
  const { people, portico, postgres, connection, secret } = project
  const limit = cleanUp.adopt(
    forkBench(join(import.meta.dirname, 'limit.ts'), { connection, secret } satisfies LimitOptions),
    (child) => void child.kill(),
  )
  const [port] = await once(limit, 'message')

  const queries = metre(portico.pid, { postgres, role: 'authenticator' })
  const renewing = { postgres, role: 'supabase_auth_admin' }
  const ask = () => people.post('/graphql/v1', query)
  const signIn = () => people.post('/auth/v1/token?grant_type=password', people.credentials)
  const ours = renewals(`${portico.url}/auth/v1/token?grant_type=refresh_token`, people)
  const theirs = renewals(`http://127.0.0.1:${port}/`, people)

  const rounds: Record<'ask' | 'verify' | 'ours' | 'theirs' | 'signIn' | 'hash', number>[] = []
  for (let round = 0; round <= reps; round++) {
    const cost = {
      ask: await costOf(queries, requests, ask),
      verify: await costOfVerifying(secret, people.accessToken),
      ours: await costOf(metre(portico.pid, renewing), requests, await ours()),
      theirs: await costOf(metre(limit.pid ?? 0, renewing), requests, await theirs()),
      signIn: await costOf(metre(portico.pid), 32, signIn),
      hash: await costOf(metre(process.pid), 32, () => bcrypt.verify(people.password, people.hash)),
    }
    // The first round is for warming up.
    if (round > 0) rounds.push(cost)
  }
  const of = (name: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[name]))
  const ratios = [
    { what: 'verifying a token again, of a GraphQL request', of: [of('verify'), of('ask')], most: goals.verify },
    { what: 'a bare handler, of POST /token (refresh)', of: [of('theirs'), of('ours')], least: goals.refresh },
    { what: 'sign-in with password, of the bare hash', of: [of('signIn'), of('hash')], most: goals.signIn },
  ] as const
  const lines = ratios.map(({ what, of: [one, other], ...goal }) => {
    const ratio = one / other
    const met = 'most' in goal ? ratio <= goal.most : ratio >= goal.least
    const bound = 'most' in goal ? `<= ${goal.most.toFixed(2)}` : `>= ${goal.least.toFixed(2)}`
    return {
      met,
      cells: [what, one.toFixed(1), other.toFixed(1), ratio.toFixed(3), `${met ? 'met' : 'MISSED'} (${bound})`],
    }
  })
  printTable(
    ['processor time', 'µs', 'of µs', 'ratio', 'goal'],
    lines.map(({ cells }) => cells),
  )
  await reportDelays(ask, signIn)
  return lines.every(({ met }) => met)
}

/** Begins to measure; the answer tells how many microseconds were worked since. */
type Metre = () => () => number

/** Of a process, and of a role's sessions with Postgres where the work is theirs too. */
function metre(pid: number, sessions?: { readonly postgres: number; readonly role: string }): Metre {
  const times = () => (sessions ? sessionTimes(sessions.postgres, sessions.role) : new Map<string, number>())
  return () => {
    const before = { node: processorTime(pid), sessions: times() }
    return () => processorTime(pid) - before.node + workedSince(before.sessions, times())
  }
}

/** Microseconds of one piece of work; sixteen are under way at once. */
async function costOf(begin: Metre, count: number, work: () => Promise<unknown>): Promise<number> {
  const worked = begin()
  let left = count
  const worker = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return worked() / count
}

async function costOfVerifying(secret: string, token: string): Promise<number> {
  const verifier = createTokenVerifier({ secret })
  await verifier.verify(token)
  return await costOf(metre(process.pid), 20_000, () => verifier.verify(token))
}

/** Sessions that are renewed in turn, each with the token of the time before. */
function renewals(url: string, people: People): () => Promise<() => Promise<void>> {
  return async () => {
    const idle = await Promise.all(Array.from({ length: 16 }, people.startSession))
    return async () => {
      const token = idle.pop()
      if (token === undefined) throw new Error('more renewals at once than sessions')
      const answer = await people.post(url, JSON.stringify({ refresh_token: token }))
      idle.push((answer as { refresh_token: string }).refresh_token)
    }
  }
}

async function reportDelays(ask: () => Promise<unknown>, signIn: () => Promise<unknown>): Promise<void> {
  const delays = async (until: Promise<unknown>) => {
    const seen: number[] = []
    let over = false
    void until.finally(() => {
      over = true
    })
    while (!over || seen.length < 100) {
      const since = performance.now()
      await ask()
      seen.push(performance.now() - since)
    }
    const sorted = seen.toSorted((a, b) => a - b)
    return [0.5, 0.99].map((part) => `${(sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(1)} ms`)
  }
  const alone = await delays(Promise.resolve())
  const crowded = await delays(Promise.all(Array.from({ length: 64 }, signIn)))
  printTable(
    ['a GraphQL query', 'median', 'p99'],
    [
      ['alone', ...alone],
      ['while 64 sign in', ...crowded],
    ],
  )
}
