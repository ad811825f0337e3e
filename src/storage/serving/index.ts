export { objectHeaders, type Serving } from './object-headers.ts'
export { assertRobotsTag } from './robots-tag.ts'
export { answerBytes, assertMatches, openObject, serveObject } from './serve-object.ts'
