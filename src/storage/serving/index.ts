export { serveObject } from './serve-object.ts'
