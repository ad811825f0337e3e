/** What is written is there after a power cut. Tests: the `kill -9` drills of `test/storage` and `test/cli/backup.test.ts`. */
export { syncFolder } from './sync-folder.ts'
export { writeDurably } from './write-durably.ts'
