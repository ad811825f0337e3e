export { assertMatches, openObject, serveObject } from './serve-object.ts'
