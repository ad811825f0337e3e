export { createImageCache } from './image-cache.ts'
export { createImages, type ServeImage } from './serve-image.ts'
export {
  readTransformation,
  type Transformation,
  transformationBody,
  transformationQuery,
  writeTransformation,
} from './transformation.ts'
