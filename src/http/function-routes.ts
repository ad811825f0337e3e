import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answer } from './answer.ts'
import type { ApiKeys } from './api-keys.ts'
import { type ClientAddress, createClientAddress } from './client-address.ts'
import { json } from './dispatch.ts'
import { below, isAt, settledHeaders, settleHost } from './request.ts'
import type { Routes } from './routes.ts'

/** Edge functions: a part that answers `node:http` itself, below a path of its own. */
export interface FunctionsFront {
  /**
   * @param path what follows `/functions/v1`, with the query
   * @param headers the request's, with what its API key means settled: name, value, name, value …
   * @param id what the request is called in the log
   * @returns whether a function was called, which then is told of as an invocation
   */
  handle(
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    headers: readonly string[],
    id: string,
  ): Promise<boolean>
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, path: string, headers: readonly string[]): Promise<void>
}

const mount = '/functions/v1'

export const isFunctionPath = (path: string) => isAt(path, mount)

/** The routes of edge functions, and no other. They answer CORS themselves. */
export function createFunctionRoutes(
  functions: FunctionsFront,
  keys: ApiKeys,
  addressOf: ClientAddress = createClientAddress([]),
): Required<Routes> {
  return {
    async handle(req, res, path, seen) {
      settleHost(req)
      if (!isFunctionPath(path)) {
        return await answer(req, res, json(404, { code: 'NOT_FOUND', message: 'There is nothing at this address.' }))
      }
      // The answer may be over before that is known: it was, unless it turns out that there was none.
      seen.invoked = true
      const headers = settledHeaders(req, keys, addressOf(req))
      seen.invoked = await functions.handle(req, res, below(req, mount), headers, seen.id)
    },
    upgrade(req, socket, head, path) {
      if (!isFunctionPath(path)) return false
      functions
        .upgrade(req, socket, head, below(req, mount), settledHeaders(req, keys, addressOf(req)))
        .catch(() => socket.destroy())
      return true
    },
  }
}
