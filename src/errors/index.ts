/**
 * The errors that Portico itself reports: code, HTTP status and public message in one `catalogue.ts`. Each code is
 * explained in docs/errors.md, which `test/architecture.test.ts` sees to. Services whose errors are another API's (Auth,
 * Storage, the Data API) have a catalogue of their own.
 */
export { catalogue, type ErrorCode } from './catalogue.ts'
export { errorMessage, isPorticoError, PorticoError } from './portico-error.ts'
export { mostSimilar, similarity } from './similar.ts'
