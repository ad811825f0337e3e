import type { TargetOptions } from '../backend.ts'
import { type Address, addressOf, bucketAddress, isFolder, textOf, wrong } from './address.ts'
import { chosen, dataOf, pathsBelow, type Storage, storageOf } from './objects.ts'
import { download, upload } from './transfer.ts'

export interface CopyOptions extends TargetOptions {
  readonly recursive?: boolean
  readonly cacheControl: number
  readonly contentType?: string
  readonly jobs: number
}

/** Between this machine and buckets, or from one place of them to another. */
export async function copy(from: string, to: string, options: CopyOptions): Promise<void> {
  const { recursive = false, cacheControl, contentType, jobs } = options
  const how = { recursive, cacheControl, contentType, jobs }
  const [source, target] = [addressOf(from), addressOf(to)]
  if (!source && !target) throw wrong('One of the two begins with ss:///, or both.')
  const storage = storageOf(options)
  if (!source) return await upload(storage, from, bucketAddress(to), how)
  if (!target) return await download(storage, bucketAddress(from), to, how)
  await relocate(storage, 'copy', [bucketAddress(from), bucketAddress(to)], recursive)
}

export interface MoveOptions extends TargetOptions {
  readonly recursive?: boolean
}

/** Within buckets, and from one to another. */
export async function move(from: string, to: string, { recursive = false, ...options }: MoveOptions): Promise<void> {
  await relocate(storageOf(options), 'move', [bucketAddress(from), bucketAddress(to)], recursive)
}

async function relocate(
  storage: Storage,
  how: 'copy' | 'move',
  [from, to]: readonly [Address, Address],
  recursive: boolean,
): Promise<void> {
  const paths = await chosen(storage, from, recursive)
  const isOne = paths.length === 1 && paths[0] === from.path
  const [source, target] = [from, to].map(({ path }) => (path === '' || path.endsWith('/') ? path : `${path}/`))
  for (const path of paths) {
    const name = isOne ? path.slice(path.lastIndexOf('/') + 1) : path.slice(source?.length)
    const placed = isOne && !isFolder(to) ? to.path : `${target}${name}`
    dataOf(
      await storage.from(from.bucket)[how](path, placed, { destinationBucket: to.bucket }),
      `${from.bucket}/${path}`,
    )
    console.log(`${textOf({ ...from, path })} => ${textOf({ ...to, path: placed })}`)
  }
}

export interface RemoveOptions extends TargetOptions {
  readonly recursive?: boolean
  readonly yes?: boolean
}

/** Objects; with `recursive` folders, and buckets with all that they hold. */
export async function remove(texts: readonly string[], options: RemoveOptions): Promise<void> {
  const { recursive = false, yes = false } = options
  const storage = storageOf(options)
  for (const address of texts.map(bucketAddress)) {
    const { bucket, path } = address
    if (path === '' && recursive && !yes) {
      throw wrong(`This removes the bucket ${bucket} with all that it holds. If that is meant, add --yes.`)
    }
    const paths =
      path === '' && recursive ? await pathsBelow(storage, address) : await chosen(storage, address, recursive)
    for (let at = 0; at < paths.length; at += 1000) {
      const some = paths.slice(at, at + 1000)
      dataOf(await storage.from(bucket).remove(some), bucket)
      for (const removed of some) console.log(`removed ss:///${bucket}/${removed}`)
    }
    if (path !== '') continue
    dataOf(await storage.deleteBucket(bucket), bucket)
    console.log(`removed ss:///${bucket}`)
  }
}
