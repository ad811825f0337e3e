import { largeAnswer, operations } from './operations/index.ts'
import { serveOperations } from './serve-operations.ts'

await serveOperations([...operations, largeAnswer])
