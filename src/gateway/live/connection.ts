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
  /** Set once the client has said who it is, and no longer than it is that. */
  context?: RequestContext | undefined
  forget?: () => void
}

/** Try Again Later (RFC 6455's registry). */
const tryAgainLater = 1013

/** By what a client says of itself; false where it is closed instead. */
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
    // What is said on it is nothing that a link could say.
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

/** Before the protocol's server closes it without saying why. */
function refuse(carrier: Carrier, code: number, reason: string): false {
  carrier.close(code, reason)
  return false
}
