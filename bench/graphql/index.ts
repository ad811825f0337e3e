/**
 * GraphQL operations over a million rows, answered by Portico as it runs in production, through its HTTP door, and on the
 * same database by others: LIMIT, bare node:http and hand-written SQL; raw, the same with nothing between the two sockets
 * but bytes; and PostGraphile 5, which is installed when it is asked for.
 *
 * Linux only: processor time comes from /proc.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LimitOptions } from '../photo-community/limit-options.ts'
import { openPhotoCommunity } from '../photo-community/open-photo-community.ts'
import { signTokens } from '../photo-community/sign-tokens.ts'
import { type Contender, chosen, runChallenges, words } from '../side-by-side/index.ts'
import { forkBench } from '../support/index.ts'
import { challengeOf, own } from './challenge-of.ts'
import { measureLargeAnswer } from './large-answer.ts'
import { type ContenderName, largeAnswer, operations } from './operations/index.ts'
import { postgraphileServer } from './postgraphile.ts'

export async function run(args: string[]): Promise<boolean> {
  const options = { ...words, against: { type: 'string', default: 'LIMIT,raw' } } as const
  const { values } = parseArgs({ args, options })
  const asked = chosen([...operations, largeAnswer], values.only)
  const against = chosen(others, values.against)

  await using cleanUp = new AsyncDisposableStack()
  const community = cleanUp.adopt(await openPhotoCommunity(values.data), (opened) => opened.close())
  const contenders: Contender[] = []
  for (const { name, start } of against) {
    const [file, more] = await start()
    const login = { connection: community.login('authenticator'), secret: community.secret }
    const child = forkBench(file, { ...login, ...more } satisfies LimitOptions)
    cleanUp.defer(() => void child.kill())
    const [port] = await once(child, 'message')
    contenders.push({ name, url: `http://127.0.0.1:${port}/graphql`, pid: child.pid ?? 0 })
  }
  const tokens = await signTokens(community.secret)
  const challenges = operations.filter((operation) => asked.includes(operation))
  const met = await runChallenges(
    challenges.map((operation) => challengeOf(operation, community, contenders, tokens)),
    community.postgres,
    values,
  )
  if (!asked.includes(largeAnswer)) return met
  return (await measureLargeAnswer([own(community), ...contenders], tokens[0] ?? '')) && met
}

interface Other {
  readonly name: ContenderName
  /** The file that serves it, and what it is told beside the login. */
  start(): Promise<[file: string, options?: Partial<LimitOptions>]>
}

const limit = join(import.meta.dirname, 'limit.ts')
const others: readonly Other[] = [
  { name: 'LIMIT', start: async () => [limit] },
  { name: 'raw', start: async () => [limit, { raw: true }] },
  { name: 'PostGraphile', start: async () => [await postgraphileServer()] },
]
