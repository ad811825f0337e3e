import { CloseCode } from 'graphql-ws'
import type { Caller, RequestInfo } from '#database'
import { isPorticoError } from '#errors'
import type { RequestContext } from '../context.ts'
import { clientOf } from './client-of.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import { atExpiry } from './expiry.ts'
import type { Place } from './quota.ts'
import type { Carrier } from './socket-carrier.ts'

/** Who is at the other end, as the HTTP door finds out. */
export interface Visitor {
  /** Undefined for a key that is none of the project's. */
  identify(credentials: Credentials): Promise<Caller | undefined>
  readonly requestInfo: RequestInfo
}

/** A WebSocket, and who speaks on it. */
export interface Connection {
  readonly visitor: Visitor
  readonly carrier: Carrier
  readonly place: Place
  /** Who the client is: set once it has said so, and until its token expires. */
  context?: RequestContext | undefined
  /** Stops waiting for the token to expire. */
  forget?: () => void
}

/** The close code Try Again Later, from the registry of RFC 6455. */
const tryAgainLater = 1013

/**
 * Lets a client in by what it says of itself in its first message (`connectionParams`).
 *
 * @returns false where the connection was closed instead, with a reason
 */
export async function admit(
  connection: Connection,
  params: Readonly<Record<string, unknown>> | undefined,
): Promise<boolean> {
  const { visitor, carrier, place } = connection
  try {
    const given = credentialsIn(params)
    const caller = await visitor.identify(given)
    if (!caller) return refuse(carrier, CloseCode.Forbidden, 'Invalid API key')
    const headers = { ...visitor.requestInfo.headers, ...given }
    // Only a page's own code sends messages on a WebSocket, not a link: it may change something, as a POST may.
    const context = { caller, requestInfo: { ...visitor.requestInfo, method: 'POST', headers } }
    if (!place.move(clientOf(context))) return refuse(carrier, tryAgainLater, 'Too many connections')
    connection.context = context
    connection.forget = atExpiry(caller.claims, () => {
      connection.context = undefined
      carrier.close(CloseCode.Forbidden, 'The token has expired.')
    })
    return true
  } catch (error) {
    if (!isPorticoError(error)) throw error
    return refuse(carrier, error.status < 500 ? CloseCode.Forbidden : tryAgainLater, error.message)
  }
}

/** Closes the connection with a reason; the protocol's server would close it without one. */
function refuse(carrier: Carrier, code: number, reason: string): false {
  carrier.close(code, reason)
  return false
}
