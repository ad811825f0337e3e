import sharp, { type FormatEnum } from 'sharp'
import { StorageError } from '../errors/index.ts'
import type { Transformation } from './transformation.ts'

/** Pixels of the largest image, as on Supabase, and how long one may take. */
const largestImage = 50_000_000
const seconds = 20

/**
 * Only these are decoded. What else the library can read (SVG, PDF, raw …) may refer to other files, or is too large an
 * attack surface for what a stranger uploaded.
 */
const loaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map((name) => `VipsForeignLoad${name}Buffer`)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: loaders })
// One thread an image and nothing kept in memory: requests side by side use the machine well enough.
sharp.concurrency(1)
sharp.cache(false)

export interface Rendered {
  readonly data: Buffer
  readonly mimeType: string
}

/** Makes an image of an image. Throws InvalidRequest (422) for what is none, is broken, or is too large. */
export async function render(
  file: Uint8Array,
  transformation: Transformation,
  accepted: 'avif' | 'webp' | undefined,
): Promise<Rendered> {
  const { width, height, resize = 'cover', format, quality = 80 } = transformation
  try {
    const image = sharp(file, { limitInputPixels: largestImage, failOn: 'error', sequentialRead: true })
    const { format: own } = await image.metadata()
    const target = format === undefined ? (accepted ?? own) : format === 'origin' ? own : format
    const sized = image
      .timeout({ seconds })
      .autoOrient()
      .resize({
        ...(width && { width }),
        ...(height && { height }),
        fit: resize === 'contain' ? 'inside' : resize,
        withoutEnlargement: true,
      })
    const { data, info } = await sized.toFormat(...output(target, quality)).toBuffer({ resolveWithObject: true })
    return { data, mimeType: `image/${info.format === 'heif' ? 'avif' : info.format}` }
  } catch (cause) {
    const tooLarge = cause instanceof Error && cause.message.includes('exceeds pixel limit')
    throw new StorageError('InvalidRequest', {
      statusCode: 422,
      message: tooLarge
        ? 'The source image resolution is too large to process'
        : 'The source image is invalid or unsupported for rendering',
      cause,
    })
  }
}

/** A format that browsers show, and how it is written. */
function output(format: string | undefined, quality: number): [keyof FormatEnum, object] {
  switch (format) {
    case 'avif':
    case 'heif':
      return ['heif', { quality, compression: 'av1', effort: 2 }]
    case 'webp':
      return ['webp', { quality, effort: 3 }]
    case 'png':
      return ['png', { compressionLevel: 7 }]
    case 'gif':
      return ['gif', {}]
    default:
      return ['jpeg', { quality }]
  }
}
