export { objectHeaders, type Serving } from './object-headers.ts'
export { answerBytes, assertMatches, openObject, serveObject } from './serve-object.ts'
