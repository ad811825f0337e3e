import type { Readable } from 'node:stream'
import { StorageError } from '../errors/index.ts'
import { own } from '../spent-memory.ts'

/**
 * The bytes of a request as they come. That its client has gone is not the service's failure. Whoever stops reading
 * leaves the connection open, so that the client can still be answered.
 */
export async function* requestBody(request: Request, incoming: Readable | undefined): AsyncIterable<Uint8Array> {
  try {
    if (incoming) yield* chunksOf(incoming)
    else if (request.body) yield* request.body
  } catch (cause) {
    throw new StorageError('InvalidRequest', { message: 'The request broke off before the upload was complete', cause })
  }
}

async function* chunksOf(incoming: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    own(chunk)
    yield chunk
  }
}
