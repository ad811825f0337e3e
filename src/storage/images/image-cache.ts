import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'

/** Images that were made before, in files; those that were not asked for the longest go first. */
export interface ImageCache {
  /** The path of an image, and what it is; undefined if there is none. */
  find(key: string): Promise<CachedImage | undefined>
  keep(key: string, data: Uint8Array, mimeType: string): Promise<CachedImage>
  /** Forgets one whose file was found to be gone. */
  forget(key: string): void
}

export interface CachedImage {
  readonly path: string
  readonly mimeType: string
}

const largest = 512 * 1024 * 1024

/** @param folder holds nothing else; may be removed at any time */
export function createImageCache(folder: string): ImageCache {
  let opening: Promise<LRUCache<string, CachedImage>> | undefined
  const opened = () => {
    opening ??= load(folder)
    return opening
  }
  return {
    find: async (key) => (await opened()).get(key),
    async keep(key, data, mimeType) {
      const images = await opened()
      const image = { path: join(folder, fileName(key, mimeType)), mimeType }
      const temporary = `${image.path}.${process.pid}`
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(data)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, image.path)
      images.set(key, image, { size: Math.max(data.length, 1) })
      return image
    },
    forget: (key) => void opening?.then((images) => images.delete(key)),
  }
}

const fileEnding = /^([0-9a-f]{64})\.(jpeg|png|webp|avif|gif)$/

function fileName(key: string, mimeType: string): string {
  return `${key}.${mimeType.slice('image/'.length)}`
}

/** What an earlier process left, the youngest as the last that was used. */
async function load(folder: string): Promise<LRUCache<string, CachedImage>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const images = new LRUCache<string, CachedImage>({
    maxSize: largest,
    dispose: ({ path }, _key, reason) => {
      if (reason === 'evict') rm(path, { force: true }).catch(() => {})
    },
  })
  const found: { key: string; image: CachedImage; size: number; at: number }[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const [, key, ending] = fileEnding.exec(name) ?? []
    if (key === undefined) await rm(path, { force: true })
    else {
      const { size, mtimeMs } = await stat(path)
      found.push({ key, image: { path, mimeType: `image/${ending}` }, size: Math.max(size, 1), at: mtimeMs })
    }
  }
  for (const { key, image, size } of found.toSorted((a, b) => a.at - b.at)) images.set(key, image, { size })
  return images
}
