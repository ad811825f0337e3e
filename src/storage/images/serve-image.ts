import { createHash } from 'node:crypto'
import { createTurns } from '#turns'
import { openFile } from '../backend/index.ts'
import type { ObjectRow } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { answerBytes, openObject, type Serving } from '../serving/index.ts'
import type { Stores } from '../stores.ts'
import type { CachedImage, ImageCache } from './image-cache.ts'
import { describeTransformation, type Transformation, writeTransformation } from './transformation.ts'

/** Answers an object as an image of another size or format. */
export type ServeImage = (
  request: Request,
  find: () => Promise<ObjectRow>,
  transformation: Transformation,
  serving: Serving,
) => Promise<Response>

/** Images made at once, and requests that may wait for one. */
const [atOnce, waiting] = [2, 100]

/**
 * Images are kept by the version of their object, which never changes, and by what was asked for: who may see the
 * object is asked each time, and nothing is made twice.
 */
export function createImages(stores: Stores, cache: ImageCache): ServeImage {
  const turns = createTurns(atOnce, {
    most: waiting,
    full: () => new StorageError('SlowDown', { message: 'Too many requests' }),
  })
  const underWay = new Map<string, Promise<CachedImage>>()

  const make = async (key: string, object: ObjectRow, transformation: Transformation, accepted: Accepted) => {
    const found = await cache.find(key)
    if (found) return found
    return await turns(async () => {
      const file = await readWhole(stores, object)
      const { render } = await import('./render.ts')
      const { data, mimeType } = await render(file, transformation, accepted)
      return await cache.keep(key, data, mimeType)
    })
  }

  /** Requests for the same image wait for one making of it. */
  const imageOf = (key: string, object: ObjectRow, transformation: Transformation, accepted: Accepted) => {
    const making = underWay.get(key) ?? make(key, object, transformation, accepted).finally(() => underWay.delete(key))
    underWay.set(key, making)
    return making
  }

  return async (request, find, transformation, serving) => {
    const object = await find()
    const described = describeTransformation(transformation)
    const about = { ...(described !== '' && { 'x-transformations': described }), vary: 'accept' }
    if (isVector(object, transformation)) {
      const { object: found, bytes } = await openObject(stores, async () => object)
      return await answerBytes(request, found, bytes, serving, about)
    }
    const accepted = transformation.format === undefined ? preferred(request.headers.get('accept')) : undefined
    const key = createHash('sha256')
      .update(JSON.stringify([object.version, writeTransformation(transformation), accepted]))
      .digest('hex')
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { path, mimeType } = await imageOf(key, object, transformation, accepted)
      const bytes = openFile(path)
      if (!bytes) {
        cache.forget(key)
        continue
      }
      const image = { ...object, metadata: { ...object.metadata, mimetype: mimeType, eTag: `"${key.slice(0, 32)}"` } }
      return await answerBytes(request, image, bytes, serving, about)
    }
    throw new StorageError('InternalError')
  }
}

/** Fits any size as it is; as Supabase's image proxy does, it is answered so unless another format is asked for. */
function isVector({ metadata }: ObjectRow, { format = 'origin' }: Transformation): boolean {
  return format === 'origin' && /^image\/svg\+xml\b/i.test(metadata?.mimetype ?? '')
}

type Accepted = 'avif' | 'webp' | undefined

/** The best format that the client says it takes; a wildcard says nothing. */
function preferred(accept: string | null): Accepted {
  const types = (accept ?? '').split(',').filter((type) => !/;\s*q=0(\.0*)?\s*(;|$)/.test(type))
  return (['avif', 'webp'] as const).find((format) => types.some((type) => type.trim().startsWith(`image/${format}`)))
}

/** As on Supabase, what is larger is not taken for an image. */
const largestFile = 25 * 1024 * 1024

async function readWhole(stores: Stores, object: ObjectRow): Promise<Uint8Array> {
  const { bytes } = await openObject(stores, async () => object)
  if (bytes.size > largestFile || bytes.size === 0) {
    await bytes.close()
    const message =
      bytes.size === 0
        ? 'The source image is invalid or unsupported for rendering'
        : 'The source image file is too large to process'
    throw new StorageError('InvalidRequest', { message })
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes.stream()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
