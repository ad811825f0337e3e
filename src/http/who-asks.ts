import type { IncomingMessage } from 'node:http'
import type { Caller } from '#database'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { callerOf, type Verify } from './dispatch.ts'
import { apiKey } from './request.ts'

/** What a client says of itself, in headers or in a message. */
export interface Credentials {
  readonly apikey?: string
  readonly authorization?: string
}

/** Undefined where the API key is not one of the project's. What is given goes before the request's headers. */
export type WhoAsks = (req: IncomingMessage, given?: Credentials) => Promise<Caller | undefined>

export function createWhoAsks(keys: ApiKeys, verify: Verify): WhoAsks {
  return async (req, { apikey = apiKey(req), authorization = req.headers.authorization } = {}) => {
    const token = authorizationOf(apikey, authorization, keys)
    return token === invalidKey ? undefined : await callerOf(token, verify)
  }
}
