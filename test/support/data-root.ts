import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** Where the databases of tests live: in memory where there is room (Linux), since waiting for the disk proves nothing. */
export function dataRoot(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 4 * 2 ** 30 ? '/dev/shm' : tmpdir()
  } catch {
    return tmpdir()
  }
}
