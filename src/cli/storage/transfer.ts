import { randomBytes } from 'node:crypto'
import { createWriteStream, openAsBlob, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { getMimeType } from 'hono/utils/mime'
import { type Address, isFolder, wrong } from './address.ts'
import { chosen, dataOf, type Storage } from './objects.ts'

export interface TransferOptions {
  readonly recursive: boolean
  /** Seconds that caches keep what is uploaded. */
  readonly cacheControl: number
  readonly contentType: string | undefined
  /** How many at once. */
  readonly jobs: number
}

/** Files of this machine into a bucket. With `recursive` what is there already is replaced. */
export async function upload(storage: Storage, from: string, to: Address, options: TransferOptions): Promise<void> {
  const source = await stat(from).catch(() => undefined)
  if (!source) throw wrong(`${from} is not there.`)
  if (source.isDirectory() && !options.recursive) throw wrong(`${from} is a folder: add -r.`)
  const folder = to.path === '' || to.path.endsWith('/') ? to.path : `${to.path}/`
  const files = source.isDirectory()
    ? (await filesBelow(from)).map((file) => ({ file, path: `${folder}${relative(from, file).split(sep).join('/')}` }))
    : [{ file: from, path: isFolder(to) ? `${to.path}${basename(from)}` : to.path }]
  await each(files, options.jobs, async ({ file, path }) => {
    const contentType = options.contentType ?? getMimeType(file) ?? 'application/octet-stream'
    // Read as it is sent, whatever its size.
    const body = await openAsBlob(file, { type: contentType })
    const cacheControl = String(options.cacheControl)
    const sent = { contentType, cacheControl, upsert: options.recursive }
    dataOf(await storage.from(to.bucket).upload(path, body, sent), `${to.bucket}/${path}`)
    console.log(`${file} => ss:///${to.bucket}/${path}`)
  })
}

/** Objects to files of this machine; none is there half. */
export async function download(storage: Storage, from: Address, to: string, options: TransferOptions): Promise<void> {
  const paths = await chosen(storage, from, options.recursive)
  const [only] = paths
  const isOne = paths.length === 1 && only === from.path
  const intoFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() ?? false
  const folder = from.path === '' || from.path.endsWith('/') ? from.path : `${from.path}/`
  const targetOf = (path: string) => {
    if (isOne) return intoFolder || to.endsWith(sep) ? within(to, basename(path)) : resolve(to)
    return within(to, path.slice(folder.length))
  }
  await each(paths, options.jobs, async (path) => {
    const target = targetOf(path)
    await mkdir(dirname(target), { recursive: true })
    const draft = `${target}.${randomBytes(6).toString('hex')}`
    try {
      const stream = dataOf(await storage.from(from.bucket).download(path).asStream(), `${from.bucket}/${path}`)
      await pipeline(
        Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]),
        createWriteStream(draft, { flags: 'wx' }),
      )
      await rename(draft, target)
    } finally {
      await rm(draft, { force: true })
    }
    console.log(`ss:///${from.bucket}/${path} => ${relative(process.cwd(), target)}`)
  })
}

/** @throws PorticoError where the name of an object, which anybody may have given, leads out of the folder */
function within(folder: string, path: string): string {
  const target = resolve(folder, path)
  const way = relative(resolve(folder), target)
  if (way === '' || way === '..' || way.startsWith(`..${sep}`)) throw wrong(`${path} would lie outside of ${folder}.`)
  return target
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}

/** So many at once; after the first failure no other begins. */
async function each<T>(items: readonly T[], jobs: number, work: (item: T) => Promise<void>): Promise<void> {
  // A loop that is left by an error closes it for the others, too.
  const waiting = (function* () {
    yield* items
  })()
  await Promise.all(
    Array.from({ length: Math.max(1, Math.min(jobs, items.length)) }, async () => {
      for (const item of waiting) await work(item)
    }),
  )
}
