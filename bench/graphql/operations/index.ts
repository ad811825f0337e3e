import type { Operation } from './operation.ts'
import { reads } from './reads.ts'
import { writes } from './writes.ts'

export { largeAnswer } from './large-answer.ts'
export type { ContenderName, Operation } from './operation.ts'

export const operations: readonly Operation[] = [...reads, ...writes]
