import { isDeepStrictEqual } from 'node:util'
import type { Challenge, Entrant } from './challenge.ts'
import type { LoadRequest } from './load.ts'

/**
 * Speed is worth nothing where answers differ.
 *
 * @throws Error showing both
 */
export async function compareAnswers({ name, entrants, free }: Challenge): Promise<void> {
  const ask = async ({ contender, requests }: Entrant, n: number) => {
    const answer = await fetch(...fetchOf(contender.url, requests[n]))
    const text = (await answer.text()) || 'null'
    if (!answer.ok) throw new Error(`${contender.name} answers ${name} with ${answer.status}: ${text}`)
    return JSON.parse(text, (key, value) => (free.includes(key) ? undefined : value)) as unknown
  }
  for (let n = 0; n < 3; n++) {
    // One after the other: changes of the same rows would come between each other.
    const answers: unknown[] = []
    for (const entrant of entrants) answers.push(await ask(entrant, n))
    const [first, ...others] = answers
    for (const [i, answer] of others.entries()) {
      const { contender, otherShape } = entrants[i + 1] as Entrant
      const [one, two] = otherShape ? [valuesOf(first), valuesOf(answer)] : [first, answer]
      if (isDeepStrictEqual(one, two)) continue
      const shown = [one, two].map((value) => JSON.stringify(value).slice(0, 1000))
      throw new Error(`${contender.name} answers ${name} otherwise:\n${shown.join('\n')}`)
    }
  }
}

function fetchOf(url: string, request: LoadRequest | undefined): [string, RequestInit] {
  const { authorization = '', path = '', headers, body } = request ?? {}
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return [
    url.replace(/\/$/, '') + path,
    {
      headers: { authorization, accept: 'application/json', ...type, ...headers },
      ...(body !== undefined && { method: 'POST', body }),
    },
  ]
}

/** What an answer holds, whatever it is called; a time is the same with zeros behind its fraction. */
function valuesOf(answer: unknown): unknown[] {
  if (typeof answer === 'string') return [answer.replace(/(?<=:\d\d)\.0+(?=[+-])|(?<=:\d\d\.\d*?[1-9])0+(?=[+-])/, '')]
  if (typeof answer !== 'object' || answer === null) return [answer]
  return Object.values(answer).flatMap(valuesOf)
}
