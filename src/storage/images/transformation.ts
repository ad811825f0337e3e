import { z } from 'zod'

/** How an image is to be served. https://supabase.com/docs/guides/storage/serving/image-transformations */
export interface Transformation {
  /** Pixels. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** `cover` fills the size and crops, `contain` fits into it, `fill` distorts. */
  readonly resize?: 'cover' | 'contain' | 'fill' | undefined
  /** `origin` keeps the format of the file; without one it is what the client prefers. */
  readonly format?: 'origin' | 'avif' | 'webp' | undefined
  readonly quality?: number | undefined
}

/** The largest side that an image is made to have, in pixels; what asks for more is given that. */
const largestSide = 2500

const side = z
  .int()
  .min(0)
  .transform((pixels) => Math.min(pixels, largestSide) || undefined)
const fields = {
  width: side.optional(),
  height: side.optional(),
  resize: z.enum(['cover', 'contain', 'fill']).optional(),
  format: z.enum(['origin', 'avif', 'webp']).optional(),
  quality: z.int().min(20).max(100).optional(),
}

/** In a JSON body. */
export const transformationBody = z.object(fields)

/** In a query string. */
export const transformationQuery = z.object({
  ...fields,
  width: z.coerce.number().pipe(side).optional(),
  height: z.coerce.number().pipe(side).optional(),
  quality: z.coerce.number().pipe(fields.quality.unwrap()).optional(),
})

/** In the claims of a signed URL: `height:200,width:200,resize:cover,quality:60`; undefined where nothing is asked for. */
export function writeTransformation(transformation: Transformation): string | undefined {
  const { height, width, resize, quality, format } = transformation
  const parts = Object.entries({
    height,
    width,
    ...((width || height) && { resize: resize ?? 'cover' }),
    quality,
    format: format === 'origin' ? undefined : format,
    ...(format === 'origin' && { format }),
  }).filter(([, value]) => value !== undefined)
  return parts.length === 0 ? undefined : parts.map(([name, value]) => `${name}:${value}`).join(',')
}

/** What {@link writeTransformation} wrote. */
export function readTransformation(text: string): Transformation {
  const entries = text.split(',').map((part) => part.split(':') as [string, string])
  return transformationQuery.parse(Object.fromEntries(entries))
}

const imgproxyNames = { cover: 'fill', contain: 'fit', fill: 'force' } as const

/** As Supabase answers it in `x-transformations`, in the words of its image proxy. */
export function describeTransformation({ height, width, resize, quality, format }: Transformation): string {
  return [
    height && `height:${height}`,
    width && `width:${width}`,
    (width || height) && `resizing_type:${imgproxyNames[resize ?? 'cover']}`,
    quality && `quality:${quality}`,
    format && format !== 'origin' && `format:${format}`,
  ]
    .filter(Boolean)
    .join(',')
}
