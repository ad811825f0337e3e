import { closeSync, fstatSync, openSync } from 'node:fs'
import type { OpenBytes } from '../backend.ts'
import { isMissing } from './durable.ts'
import { fileStream } from './file-stream.ts'

/**
 * Opens a file to be streamed; undefined when there is none. Opens it here and now, as nginx does: the system knows where
 * a file is sooner than another thread wakes up to ask. What is read comes from another thread, since the disk may be asked.
 */
export function openFile(path: string): OpenBytes | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  let isOpen = true
  const close = () => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  try {
    const { size } = fstatSync(file)
    return {
      size,
      stream: (range = { first: 0, last: size - 1 }) => fileStream(file, range, close),
      close: async () => close(),
    }
  } catch (error) {
    close()
    throw error
  }
}
