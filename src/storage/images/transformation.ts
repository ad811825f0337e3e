import { z } from 'zod'
import { parseCoerced } from '../validation/index.ts'

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
  /**
   * Which part stays where `cover` crops: a side or corner, `ce` the middle, `sm` what draws the eye, `fp` what is around
   * the point that the offsets name.
   */
  readonly gravity?: (typeof gravities)[number] | undefined
  /** Pixels away from where gravity puts the part; below 1, a share of the side. For `fp` from 0 to 1, and required. */
  readonly x_offset?: number | undefined
  readonly y_offset?: number | undefined
}

const gravities = ['no', 'so', 'ea', 'we', 'noea', 'nowe', 'soea', 'sowe', 'ce', 'sm', 'fp'] as const

/** The largest side that an image is made to have, in pixels; what asks for more is given that. */
const largestSide = 2500

const side = z
  .int()
  .min(0)
  .transform((pixels) => Math.min(pixels, largestSide) || undefined)

const offset = z.number('must be number')

/** As a JSON body or a query says it. */
export const transformationSchema = z
  .object({
    width: side.optional(),
    height: side.optional(),
    resize: z.enum(['cover', 'contain', 'fill']).optional(),
    format: z.enum(['origin', 'avif', 'webp']).optional(),
    quality: z.int().min(20).max(100).optional(),
    gravity: z.enum(gravities).optional(),
    x_offset: offset.optional(),
    y_offset: offset.optional(),
  })
  .superRefine(assertPoint)

function assertPoint(transformation: Transformation, { addIssue }: z.core.$RefinementCtx): void {
  if (transformation.gravity !== 'fp') return
  for (const offset of ['x_offset', 'y_offset'] as const) {
    const { [offset]: share } = transformation
    if (share === undefined) addIssue({ code: 'invalid_type', expected: 'number', input: undefined, path: [offset] })
    else if (share < 0) addIssue({ code: 'custom', message: 'must be >= 0', path: [offset] })
    else if (share > 1) addIssue({ code: 'custom', message: 'must be <= 1', path: [offset] })
  }
}

/** In the claims of a signed URL: `height:200,width:200,resize:cover,quality:60`; undefined where nothing is asked for. */
export function writeTransformation(transformation: Transformation): string | undefined {
  const { height, width, resize, quality, format } = transformation
  const parts = [
    height && `height:${height}`,
    width && `width:${width}`,
    (width || height) && `resize:${resize ?? 'cover'}`,
    quality && `quality:${quality}`,
    format && `format:${format}`,
    writeGravity(transformation),
  ].filter(Boolean)
  return parts.length === 0 ? undefined : parts.join(',')
}

/** `gravity:noea`, `gravity:fp:0.5:0.25`. */
function writeGravity({ gravity, x_offset: x, y_offset: y }: Transformation): string | undefined {
  if (gravity === undefined) return undefined
  if (gravity === 'sm' || (x === undefined && y === undefined)) return `gravity:${gravity}`
  return `gravity:${gravity}:${x ?? 0}:${y ?? 0}`
}

/** What {@link writeTransformation} wrote. */
export function readTransformation(text: string): Transformation {
  const entries = text.split(',').flatMap((part): [string, string | undefined][] => {
    const [name = '', value, x, y] = part.split(':')
    if (name !== 'gravity') return [[name, value]]
    return [[name, value], ...(x === undefined ? [] : offsets(x, y))]
  })
  const { data, error } = parseCoerced(transformationSchema, Object.fromEntries(entries))
  if (error) throw error
  return data
}

function offsets(x: string, y: string | undefined): [string, string | undefined][] {
  return [
    ['x_offset', x],
    ['y_offset', y],
  ]
}

const imgproxyNames = { cover: 'fill', contain: 'fit', fill: 'force' } as const

/** As Supabase answers it in `x-transformations`, in the words of its image proxy. */
export function describeTransformation(transformation: Transformation): string {
  const { height, width, resize, quality, format } = transformation
  return [
    height && `height:${height}`,
    width && `width:${width}`,
    (width || height) && `resizing_type:${imgproxyNames[resize ?? 'cover']}`,
    quality && `quality:${quality}`,
    format && format !== 'origin' && `format:${format}`,
    writeGravity(transformation),
  ]
    .filter(Boolean)
    .join(',')
}
