import type { Codec } from './codec.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { shrinkTo } from './pixels.ts'

/** Longer edge in pixels, and JPEG quality, of what is shown in place of the original. */
export const GALLERY = { edge: 1200, quality: 72 }
export const THUMBNAIL = { edge: 300, quality: 72 }

/** Decoding holds a picture twice, at four bytes a pixel: more would not fit a function's 256 MB. */
export const MAX_PIXELS = 12_500_000

export interface Developed {
  /** Of the original, upright. */
  readonly width: number
  readonly height: number
  readonly gallery: Uint8Array
  readonly thumbnail: Uint8Array
}

/** The file cannot be developed, and why, in words for its photographer. */
export class UnusablePhotograph extends Error {}

/**
 * Makes the gallery and thumbnail sizes of an original: upright, and without its metadata (where it was taken, by
 * which camera) since both sizes will be public.
 *
 * @throws UnusablePhotograph when the bytes are no JPEG, are damaged, or declare too many pixels.
 */
export async function develop(original: Uint8Array<ArrayBuffer>, codec: Codec): Promise<Developed> {
  const header = readJpegHeader(original)
  if (!header) throw new UnusablePhotograph('The file is not a JPEG photograph.')
  if (!header.complete) throw new UnusablePhotograph('The photograph is not complete. Please upload it again.')
  if (header.width * header.height > MAX_PIXELS) {
    const size = `${header.width} x ${header.height}`
    throw new UnusablePhotograph(`The photograph has ${size} pixels; ${MAX_PIXELS / 1e6} megapixels are the limit.`)
  }

  const pixels = await codec.decode(original).catch(() => {
    throw new UnusablePhotograph('The photograph is damaged and cannot be decoded.')
  })
  const gallery = shrinkTo(pixels, GALLERY.edge)
  const thumbnail = shrinkTo(gallery, THUMBNAIL.edge)
  return {
    width: pixels.width,
    height: pixels.height,
    gallery: await codec.encode(gallery, GALLERY.quality),
    thumbnail: await codec.encode(thumbnail, THUMBNAIL.quality),
  }
}
