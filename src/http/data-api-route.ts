import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer } from './answer.ts'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import type { ClientAddress } from './client-address.ts'
import { invalidApiKey } from './dispatch.ts'
import { apiKey, isAt } from './request.ts'
import type { Seen } from './routes.ts'

/** The Data API: a part that finds out by itself whom a token stands for, and says in its own words if nobody. */
export interface DataApi {
  /**
   * @param asked the URL below `/rest/v1`, `Authorization` once it is settled what the API key means, the token that then
   *   is in it, and the client's address
   * @returns the role that asked
   */
  handle(
    req: IncomingMessage,
    res: ServerResponse,
    asked: {
      readonly url: string
      readonly authorization: string | undefined
      readonly token: string | undefined
      readonly address: string | undefined
    },
  ): Promise<string | undefined>
}

const mount = '/rest/v1'

export const isDataApiPath = (path: string) => isAt(path, mount)

export function createDataApiRoute(api: DataApi, keys: ApiKeys, addressOf: ClientAddress) {
  return async (req: IncomingMessage, res: ServerResponse, seen: Seen): Promise<void> => {
    const { authorization } = req.headers
    const token = authorizationOf(apiKey(req), authorization, keys)
    if (token === invalidKey) return await answer(req, res, invalidApiKey())
    const url = (req.url ?? '').slice(mount.length)
    const role = await api.handle(req, res, {
      url: url.startsWith('/') ? url : `/${url}`,
      authorization: token === undefined ? authorization : `Bearer ${token}`,
      token,
      address: addressOf(req),
    })
    if (role !== undefined) seen.role = role
  }
}
