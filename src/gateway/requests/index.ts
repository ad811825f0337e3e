export { readMultipart } from './multipart.ts'
export { createFindDocument, type DocumentRequest, type FindDocument } from './persisted.ts'
export { readTrustedDocuments } from './trusted-documents.ts'
