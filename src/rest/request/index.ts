export { json, type MediaKind, type MediaType, readMediaType } from './media-type.ts'
export type { RawRequest } from './parse-request.ts'
export type { Payload } from './payload.ts'
export { createReader, type ReadRequest } from './reader.ts'
export type {
  Aggregate,
  At,
  Field,
  JsonStep,
  Logic,
  OrderTerm,
  Query,
  Range,
  RestRequest,
  SelectItem,
  Test,
} from './request.ts'
