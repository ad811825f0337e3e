/**
 * Six requests of the Data API over a million rows, answered by Portico as it runs in production, through its HTTP door,
 * and by the reference (limit.ts): bare node:http and hand-written SQL on the same database.
 *
 * Linux only: processor time comes from /proc.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LimitOptions } from '../photo-community/limit-options.ts'
import { openPhotoCommunity } from '../photo-community/open-photo-community.ts'
import { signTokens } from '../photo-community/sign-tokens.ts'
import { type Contender, chosen, type LoadRequest, runChallenges, words } from '../side-by-side/index.ts'
import { forkBench } from '../support/index.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'

/** The reference's processor time by Portico's. */
const goals = { LIMIT: 0.85 }

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: words })
  const asked = chosen(operations, values.only)

  await using cleanUp = new AsyncDisposableStack()
  const community = cleanUp.adopt(await openPhotoCommunity(values.data), (opened) => opened.close())
  const { portico, postgres, secret } = community
  const options: LimitOptions = { connection: community.login('authenticator'), secret }
  const limit = cleanUp.adopt(forkBench(join(import.meta.dirname, 'limit.ts'), options), (child) => void child.kill())
  const [port] = await once(limit, 'message')
  const contenders: readonly Contender[] = [
    { name: 'Portico', url: `${portico.url}/rest/v1`, pid: portico.pid },
    { name: 'LIMIT', url: `http://127.0.0.1:${port}`, pid: limit.pid ?? 0 },
  ]
  const tokens = await signTokens(secret)
  const challenges = asked.map((operation) => {
    const requests = requestsOf(operation, tokens)
    const { name, about, free = [] } = operation
    return { name, about, goals, free, entrants: contenders.map((contender) => ({ contender, requests })) }
  })
  return await runChallenges(challenges, postgres, values)
}

function requestsOf({ path, headers, body }: Operation, tokens: readonly string[]): LoadRequest[] {
  // A thousand rows weigh much; few such requests will do.
  const count = path(0) === path(1) && body ? 50 : 200
  return Array.from({ length: count }, (_, n) => ({
    authorization: tokens[n % tokens.length] ?? '',
    path: path(n),
    ...(headers && { headers }),
    ...(body && { body: body(n, (n % tokens.length) + 1) }),
  }))
}
