import type { TargetOptions } from '../backend.ts'
import { addressOf, wrong } from './address.ts'
import { dataOf, pages, pathsBelow, storageOf } from './objects.ts'

export interface ListOptions extends TargetOptions {
  readonly recursive?: boolean
}

/** Prints what a folder holds, a name a line; with `--recursive` whole paths. Folders end in a slash. */
export async function list(text: string, { recursive = false, ...options }: ListOptions): Promise<void> {
  const address = addressOf(text)
  if (!address) throw wrong(`${text}: expected ss:///BUCKET/PATH.`)
  const storage = storageOf(options)
  const buckets = dataOf(await storage.listBuckets(), 'buckets').map(({ id }) => id)
  // Without a slash behind it, a bucket is looked for, as a name in a folder is.
  if (address.bucket === '' || (address.path === '' && !text.endsWith('/') && !recursive)) {
    for (const bucket of buckets.filter((id) => id.startsWith(address.bucket))) {
      const paths = recursive ? await pathsBelow(storage, { bucket, path: '' }) : []
      for (const path of paths.length > 0 ? paths : ['']) console.log(`${recursive ? '/' : ''}${bucket}/${path}`)
    }
    return
  }
  if (recursive) {
    for (const path of await pathsBelow(storage, address)) console.log(`/${address.bucket}/${path}`)
    return
  }
  for await (const { folders, objects } of pages(storage, address, true)) {
    const names = [
      ...folders.map(({ key, name }) => `${lastPart((key ?? name).replace(/\/$/, ''))}/`),
      ...objects.map(({ key, name }) => lastPart(key ?? name)),
    ]
    for (const name of names) console.log(name)
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
