import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Sends a fetch API's response through `node:http`. */
export async function answer(req: IncomingMessage, res: ServerResponse, response: Response): Promise<void> {
  await getRequestListener(() => response, { overrideGlobalObjects: false })(req, res)
}
