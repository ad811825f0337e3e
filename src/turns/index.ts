export { type Repeated, repeat } from './repeat.ts'
export { createTurns, type Turns } from './turns.ts'
