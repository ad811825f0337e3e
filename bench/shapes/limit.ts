import { serveOperations } from '../graphql/serve-operations.ts'
import { shapes } from './operations/index.ts'
import { series } from './series.ts'

await serveOperations([...shapes, ...series.flatMap(({ steps }) => [...steps])])
