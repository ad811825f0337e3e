export { readMultipart } from './multipart.ts'
export { operationsIn, operationsOf } from './operations-in.ts'
export { createFindDocument, type DocumentRequest, type FindDocument } from './persisted.ts'
export { readTrustedDocuments } from './trusted-documents.ts'
