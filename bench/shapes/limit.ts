import { serveOperations } from '../graphql/serve-operations.ts'
import { shapes } from './operations/index.ts'

await serveOperations(shapes)
