import type { IncomingMessage } from 'node:http'
import type { Caller } from '#database'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { callerOf, type Verify } from './dispatch.ts'
import { apiKey } from './request.ts'

/** Undefined where the API key is not one of the project's. */
export type WhoAsks = (req: IncomingMessage) => Promise<Caller | undefined>

export function createWhoAsks(keys: ApiKeys, verify: Verify): WhoAsks {
  return async (req) => {
    const token = authorizationOf(apiKey(req), req.headers.authorization, keys)
    return token === invalidKey ? undefined : await callerOf(token, verify)
  }
}
