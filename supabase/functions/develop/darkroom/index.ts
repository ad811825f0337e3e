export { type Codec, createCodec } from './codec.ts'
export { type Developed, develop, GALLERY, MAX_PIXELS, THUMBNAIL, UnusablePhotograph } from './develop.ts'
export { type JpegHeader, readJpegHeader } from './jpeg-header.ts'
export { type Pixels, shrinkTo } from './pixels.ts'
