import sharp, { type FormatEnum, type Metadata, type Sharp } from 'sharp'
import { StorageError } from '../errors/index.ts'
import { coverOf } from './cover.ts'
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

/** Makes an image of an image. Throws InvalidRequest for what is none, is broken, is too large, or takes too long. */
export async function render(
  file: Uint8Array,
  transformation: Transformation,
  accepted: 'avif' | 'webp' | undefined,
): Promise<Rendered> {
  const { format, quality = 80 } = transformation
  try {
    const image = sharp(file, { limitInputPixels: largestImage, failOn: 'truncated', sequentialRead: true })
    const metadata = await image.metadata()
    const { format: own } = metadata
    const target = format === undefined ? (accepted ?? own) : format === 'origin' ? own : format
    const sized = resized(image.timeout({ seconds }).autoOrient(), metadata, transformation)
    const { data, info } = await sized.toFormat(...output(target, quality)).toBuffer({ resolveWithObject: true })
    return { data, mimeType: `image/${info.format === 'heif' ? 'avif' : info.format}` }
  } catch (cause) {
    throw refusal(cause)
  }
}

function resized(image: Sharp, { autoOrient }: Metadata, transformation: Transformation): Sharp {
  const { width, height, resize = 'cover', gravity } = transformation
  if (gravity !== undefined && gravity !== 'sm' && resize === 'cover' && width && height) {
    const { resized, region } = coverOf(autoOrient, { width, height }, transformation)
    return image.resize({ ...resized, fit: 'fill' }).extract(region)
  }
  return image.resize({
    ...(width && { width }),
    ...(height && { height }),
    fit: resize === 'contain' ? 'inside' : resize,
    withoutEnlargement: true,
    ...(gravity === 'sm' && { position: 'attention' }),
  })
}

/** In the words and with the statuses of Supabase's image proxy. */
function refusal(cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : ''
  if (reason.startsWith('timeout')) {
    return new StorageError('InvalidRequest', { statusCode: 408, message: 'Image request timed out', cause })
  }
  const message = reason.includes('exceeds pixel limit')
    ? 'The source image resolution is too large to process'
    : 'The source image is invalid or unsupported for rendering'
  return new StorageError('InvalidRequest', { message, cause })
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
