/** Work that waits for its turn (`createTurns`), and work that comes round again (`repeat`). Tests: `test/turns`. */
export { type Repeated, repeat } from './repeat.ts'
export { createTurns, type Turns } from './turns.ts'
