import type { RequestContext } from '../context.ts'

/** Whom limits count as one client: a user, or the address of whoever is not signed in. */
export function clientOf({ caller, requestInfo }: RequestContext): string {
  const { sub } = caller.claims
  return typeof sub === 'string' ? `user ${sub}` : addressOf(requestInfo)
}

export function addressOf({ address }: RequestContext['requestInfo']): string {
  return `address ${address}`
}
