export { createImageCache } from './image-cache.ts'
export { createImages, type ServeImage } from './serve-image.ts'
export {
  readTransformation,
  type Transformation,
  transformationSchema,
  writeTransformation,
} from './transformation.ts'
