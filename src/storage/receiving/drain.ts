import type { Readable } from 'node:stream'
import { requestSize } from './request-size.ts'

const most = 1024 * 1024
const patience = 1000

/**
 * Reads what is left of a short body that was refused unread: a client that is still sending when the connection is closed
 * never sees the answer. Longer ones are not waited for.
 */
export async function drain(headers: Headers, incoming: Readable): Promise<void> {
  if (incoming.readableEnded || incoming.destroyed || (requestSize(headers) ?? most + 1) > most) return
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patience)
  const events = ['end', 'error', 'close'] as const
  for (const event of events) incoming.once(event, resolve)
  incoming.resume()
  await over
  for (const event of events) incoming.off(event, resolve)
  clearTimeout(timer)
}
