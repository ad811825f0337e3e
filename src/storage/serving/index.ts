export { describeObject, serveObject } from './serve-object.ts'
