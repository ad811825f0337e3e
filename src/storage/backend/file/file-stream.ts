import { read } from 'node:fs'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import type { ByteRange } from '../backend.ts'

/** A body that can also write itself to a connection, which takes no new memory for each chunk. */
interface WritingStream extends ReadableStream<Uint8Array> {
  /** Rejects where the file or the connection fails. Leaves the connection open. */
  writeTo(connection: Writable): Promise<void>
}

const chunkSize = 256 * 1024
const readAt = promisify(read)

/**
 * Bytes of an open file, which is closed with the last of them. A chunk is read when it is asked for, so that no more than
 * that is held for a slow client.
 */
export function fileStream(file: number, { first, last }: ByteRange, close: () => void): WritingStream {
  let position = first
  let isReading = false
  let isCancelled = false

  const next = async (buffer: Buffer): Promise<Buffer> => {
    isReading = true
    const { bytesRead } = await readAt(file, buffer, 0, Math.min(buffer.length, last + 1 - position), position)
    isReading = false
    if (bytesRead === 0) throw new Error('stored bytes end early')
    position += bytesRead
    return bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (position <= last) {
            const chunk = await next(Buffer.allocUnsafeSlow(Math.min(chunkSize, last + 1 - position)))
            if (isCancelled) return close()
            controller.enqueue(chunk)
          }
          if (position <= last) return
          close()
          controller.close()
        } catch (error) {
          close()
          throw error
        }
      },
      cancel() {
        isCancelled = true
        // Its number may be another file's once it is closed.
        if (!isReading) close()
      },
    },
    { highWaterMark: 0 },
  )
  const writeTo = async (connection: Writable): Promise<void> => {
    forgotten.unregister(stream)
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(chunkSize)
    try {
      while (position <= last) await written(connection, await next(buffer))
      if (spare.length < mostSpare) spare.push(buffer)
    } finally {
      close()
    }
  }
  forgotten.register(stream, close, stream)
  return Object.assign(stream, { writeTo })
}

/** Closes the files of bodies that nobody ever read. */
const forgotten = new FinalizationRegistry<() => void>((close) => close())

/** Kept for the next one: V8 goes through the whole heap for each few chunks that are left behind. */
const spare: Buffer[] = []
const mostSpare = 16

/** Resolves when the system has the chunk, so that its memory may be used again. */
function written(connection: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that is gone forgets its callbacks.
    const gone = () => reject(new Error('the connection was closed'))
    if (connection.destroyed) return gone()
    connection.once('close', gone)
    connection.write(chunk, (error) => {
      connection.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}
