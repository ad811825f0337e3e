import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { isPorticoError, PorticoError } from '#errors'
import { answer } from './answer.ts'
import { same } from './api-keys.ts'
import { refusal } from './dispatch.ts'
import { isAt } from './request.ts'

/** What operators may do: see functions' versions and logs, and replace their code. */
export interface Operator {
  /** Whoever has it is one. The keys of the project's API are not enough: every function has the secret key. */
  readonly key: string
  handle(request: Request): Promise<Response>
}

const mount = '/portico/v1'

export const isOperatorPath = (path: string) => isAt(path, mount)

/** For operators alone: `Authorization: Bearer KEY`. */
export function createOperatorRoute({ key, handle }: Operator) {
  const answered = async (request: Request): Promise<Response> => {
    try {
      return await handle(new Request(request.url.replace(mount, ''), request))
    } catch (error) {
      if (isPorticoError(error)) return refusal(error)
      throw error
    }
  }
  const listener = getRequestListener(answered, { overrideGlobalObjects: false })
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const given = /^Bearer\s+(\S+)\s*$/i.exec(req.headers.authorization ?? '')?.[1]
    if (given === undefined || !same(given, key)) {
      const message = 'This takes the operator key of the backend, as portico status prints it.'
      return await answer(req, res, refusal(new PorticoError('UNAUTHENTICATED', { message })))
    }
    await listener(req, res)
  }
}
