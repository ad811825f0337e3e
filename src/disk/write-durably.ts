import { open } from 'node:fs/promises'

/**
 * Writes a new file, for its owner alone to read, whose bytes are on the disk by then. Its name is so only after `syncFolder`.
 *
 * @throws EEXIST where there is one
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
