export { commitObjects, type NewObject, rehearseObject } from './commit-object.ts'
export { completeObject } from './complete-object.ts'
export { copyObject } from './copy-object.ts'
export {
  assertAddress,
  findContents,
  findNames,
  findObject,
  findPublicObject,
  findReadableObject,
  type ObjectAddress,
} from './find-object.ts'
export { listObjects } from './list-objects.ts'
export { listPage, type Page } from './list-page.ts'
export { moveObject } from './move-object.ts'
export { emptyBucket, removeObject, removeObjects } from './remove-objects.ts'
export { assertFits, type IncomingFile, type Limits, limitsOf, storeBytes } from './store-bytes.ts'
export { uploadObject } from './upload-object.ts'
