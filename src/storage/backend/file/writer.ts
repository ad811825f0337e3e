import type { FileHandle } from 'node:fs/promises'
import { release } from '../../spent-memory.ts'

/** Writes a file from its beginning to its end. */
export interface Writer {
  /** Resolves when more may come, which is before the bytes are written. */
  write(chunk: Uint8Array): Promise<void>
  /** Resolves when all bytes are durable. */
  finish(): Promise<void>
  /** Resolves when nothing is under way any more, whatever came of it. */
  idle(): Promise<void>
}

/** Bytes that are gathered before they are written: each write is a trip to another thread. */
const batch = 512 * 1024
/** Bytes after which the disk is told to begin, so that little is left to wait for at the end. */
const syncEvery = 8 * 1024 * 1024

/** Takes bytes while those before are written, and has written while the disk keeps those before. */
export function createWriter(file: FileHandle): Writer {
  let held: Uint8Array[] = []
  let heldSize = 0
  let unsynced = 0
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> | undefined

  const sync = async () => {
    unsynced = 0
    await file.datasync()
    syncing = undefined
  }
  const flush = async () => {
    await writing
    if (unsynced >= syncEvery && !syncing) syncing = asked(sync())
    writing = asked(writeAll(file, held))
    unsynced += heldSize
    held = []
    heldSize = 0
  }
  return {
    async write(chunk) {
      held.push(chunk)
      heldSize += chunk.length
      if (heldSize >= batch) await flush()
    },
    async finish() {
      await flush()
      await writing
      await syncing
      await file.sync()
    },
    async idle() {
      await Promise.allSettled([writing, syncing])
    },
  }
}

/** A promise whose failure is asked for later. */
function asked(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}

async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return
  const { bytesWritten } = await file.writev(chunks)
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (bytesWritten < size) {
    const left = Buffer.concat(chunks).subarray(bytesWritten)
    for (let at = 0; at < left.length; ) at += (await file.write(left, at)).bytesWritten
  }
  for (const chunk of chunks) release(chunk)
}
