export { receiveFile } from './receive-file.ts'
export { requestBody } from './request-body.ts'
export { requestSize } from './request-size.ts'
export { decodeUserMetadata, parseUserMetadata } from './user-metadata.ts'
