export { listParts, listUploads } from './list-uploads.ts'
export { abandonUploads, beginUpload, endUpload, findUpload, recordPart, type Upload } from './uploads.ts'
