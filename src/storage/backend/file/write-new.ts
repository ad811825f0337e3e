import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredBytes } from '../backend.ts'

/** Bytes that are gathered before they are written: each write is a trip to another thread. */
const batch = 512 * 1024

/** Writes a new file and makes its content durable; its name is not yet. Reads on while it writes. */
export async function writeNew(path: string, body: AsyncIterable<Uint8Array>): Promise<StoredBytes> {
  const file = await openNew(path)
  let writing: Promise<void> = Promise.resolve()
  try {
    const hash = createHash('md5')
    let size = 0
    let held: Uint8Array[] = []
    let heldSize = 0
    for await (const chunk of body) {
      hash.update(chunk)
      size += chunk.length
      held.push(chunk)
      heldSize += chunk.length
      if (heldSize < batch) continue
      await writing
      writing = writeAll(file, held)
      // Whether it failed is asked before the next one.
      writing.catch(() => {})
      held = []
      heldSize = 0
    }
    await writing
    await writeAll(file, held)
    await file.sync()
    return { size, eTag: `"${hash.digest('hex')}"`, lastModified: new Date() }
  } finally {
    await writing.catch(() => {})
    await file.close()
  }
}

async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return
  const { bytesWritten } = await file.writev(chunks)
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (bytesWritten === size) return
  const left = Buffer.concat(chunks).subarray(bytesWritten)
  for (let at = 0; at < left.length; ) at += (await file.write(left, at)).bytesWritten
}

async function openNew(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return await open(path, 'wx', 0o600)
}
