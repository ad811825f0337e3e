import type { RequestContext } from '../context.ts'

/** Who is counted as one: a user, or an address where nobody is signed in. */
export function clientOf({ caller, requestInfo }: RequestContext): string {
  const { sub } = caller.claims
  return typeof sub === 'string' ? `user ${sub}` : addressOf(requestInfo)
}

export function addressOf({ address }: RequestContext['requestInfo']): string {
  return `address ${address}`
}
