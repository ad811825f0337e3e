import { isDeepStrictEqual } from 'node:util'
import { SignJWT } from 'jose'
import type { Load } from './load.ts'
import type { Contender } from './measure.ts'
import { type Operation, userId } from './operations.ts'

const users = 50
const count = 200

type Requests = Load['requests']

/** Authorization of the first fifty users. */
export function signTokens(secret: string): Promise<string[]> {
  const sign = async (user: number) => {
    const token = new SignJWT({ role: 'authenticated' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId(user))
      .setAudience('authenticated')
      .setExpirationTime('1h')
    return `Bearer ${await token.sign(new TextEncoder().encode(secret))}`
  }
  return Promise.all(Array.from({ length: users }, (_, n) => sign(n + 1)))
}

/** Of many users and with many variables, so that nothing is answered out of a cache that real clients would not fill. */
export function requestsOf({ document, variables }: Operation, tokens: readonly string[]): Requests {
  return Array.from({ length: count }, (_, n) => ({
    authorization: tokens[n % users] ?? '',
    body: JSON.stringify({ query: document, variables: variables(n, (n % users) + 1) }),
  }))
}

/**
 * Speed is worth nothing where answers differ; cursors may, and what an insert makes up.
 *
 * @throws Error showing both
 */
export async function compareAnswers(contenders: readonly Contender[], requests: Requests): Promise<void> {
  for (const { authorization, body = '' } of requests.slice(0, 3)) {
    const isMutation = body.includes('"mutation ')
    const free = isMutation ? ['id', 'createdAt'] : ['endCursor']
    const [first, ...others] = await Promise.all(
      contenders.map(async ({ url }) => {
        const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' }
        const text = await (await fetch(url, { method: 'POST', headers, body })).text()
        return JSON.parse(text, (key, value) => (free.includes(key) ? '' : value)) as unknown
      }),
    )
    const other = others.find((answer) => !isDeepStrictEqual(answer, first))
    if (!other) continue
    const [one, two] = [first, other].map((answer) => JSON.stringify(answer).slice(0, 1000))
    throw new Error(`The answers to ${body} differ:\n${one}\n${two}`)
  }
}
