export { catalogue, type ErrorCode } from './catalogue.ts'
export { errorMessage, isPorticoError, PorticoError } from './portico-error.ts'
