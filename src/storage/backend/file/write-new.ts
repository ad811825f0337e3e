import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredBytes } from '../backend.ts'
import { createWriter } from './writer.ts'

/** Writes a new file and makes its content durable; its name is not yet. */
export async function writeNew(path: string, body: AsyncIterable<Uint8Array>): Promise<StoredBytes> {
  const file = await openNew(path)
  const writer = createWriter(file)
  try {
    const hash = createHash('md5')
    let size = 0
    for await (const chunk of body) {
      hash.update(chunk)
      size += chunk.length
      await writer.write(chunk)
    }
    await writer.finish()
    return { size, eTag: `"${hash.digest('hex')}"`, lastModified: new Date() }
  } finally {
    await writer.idle()
    await file.close()
  }
}

async function openNew(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return await open(path, 'wx', 0o600)
}
