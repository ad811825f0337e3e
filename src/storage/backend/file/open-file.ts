import { type FileHandle, open } from 'node:fs/promises'
import type { ByteRange, OpenBytes } from '../backend.ts'
import { isMissing } from './durable.ts'

const chunkSize = 256 * 1024

/** Opens a file to be streamed; undefined when there is none. */
export async function openFile(path: string): Promise<OpenBytes | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const { size } = await file.stat()
  return {
    size,
    stream: (range = { first: 0, last: size - 1 }) => streamOf(file, range),
    close: () => file.close(),
  }
}

/** Reads a chunk each time one is asked for, so that no more than that is held for a slow client. */
function streamOf(file: FileHandle, { first, last }: ByteRange): ReadableStream<Uint8Array> {
  let position = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const length = Math.min(chunkSize, last + 1 - position)
        if (length > 0) {
          try {
            const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position)
            if (bytesRead === 0) throw new Error('stored bytes end early')
            position += bytesRead
            controller.enqueue(bytesRead === length ? buffer : buffer.subarray(0, bytesRead))
          } catch (error) {
            await file.close()
            throw error
          }
        }
        if (position > last) {
          await file.close()
          controller.close()
        }
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  )
}
