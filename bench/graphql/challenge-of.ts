import type { Challenge, Contender, LoadRequest } from '../side-by-side/index.ts'
import type { ServedProject } from '../support/index.ts'
import type { Operation } from './operations/index.ts'

export function own({ portico }: ServedProject): Contender {
  return { name: 'Portico', url: `${portico.url}/graphql/v1`, pid: portico.pid }
}

/** Of many users and with many variables, so that nothing is answered out of a cache that real clients would not fill. */
export function challengeOf(
  operation: Operation,
  community: ServedProject,
  contenders: readonly Contender[],
  tokens: readonly string[],
): Challenge {
  const { name, about, goals, free = [], variables, requests: count = 200 } = operation
  const asked = (query: string): LoadRequest[] =>
    Array.from({ length: count }, (_, n) => ({
      authorization: tokens[n % tokens.length] ?? '',
      body: JSON.stringify({ query, variables: variables(n, (n % tokens.length) + 1) }),
    }))
  const entrants = [own(community), ...contenders].flatMap((contender) => {
    const isPeer = contender.name === 'PostGraphile'
    const document = isPeer ? operation.postgraphile : operation.document
    return document === undefined ? [] : [{ contender, requests: asked(document), otherShape: isPeer }]
  })
  return { name, about, entrants, goals, free }
}
