import { createClient } from '@supabase/supabase-js'
import { PorticoError } from '#errors'
import { administeredBackend, fetchThere, type TargetOptions } from '../backend.ts'
import type { Address } from './address.ts'

export type Storage = ReturnType<typeof createClient>['storage']

/** The Storage of the running backend, or of the one of `--url`, as the service role. */
export function storageOf(options: TargetOptions): Storage {
  const { url, secretKey } = administeredBackend(options)
  const settings = { auth: { persistSession: false, autoRefreshToken: false }, global: { fetch: fetchThere } }
  return createClient(url, secretKey, settings).storage
}

/** What a call answers. Throws its error in its own words, with what it was about. */
export function dataOf<A extends { data: unknown; error: { message: string } | null }>(
  answer: A,
  about: string,
): NonNullable<A['data']> {
  if (answer.error === null) return answer.data as NonNullable<A['data']>
  throw new PorticoError('BAD_USER_INPUT', { message: `${about}: ${answer.error.message}`, cause: answer.error })
}

/** The paths within the bucket that begin with the address's, as deep as they lie; read before anything is changed. */
export async function pathsBelow(storage: Storage, { bucket, path }: Address): Promise<string[]> {
  const paths: string[] = []
  for await (const { objects } of pages(storage, { bucket, path }, false)) {
    // Supabase's Storage takes an underscore in what names begin with for any letter.
    paths.push(...objects.map(({ key, name }) => key ?? name).filter((found) => found.startsWith(path)))
  }
  return paths
}

/** What lies in the folder that the address ends in, whatever follows its last slash being how names begin. */
export async function* pages(storage: Storage, { bucket, path }: Address, byFolder: boolean) {
  let cursor: string | undefined
  do {
    const answer = await storage
      .from(bucket)
      .listV2({ prefix: path, limit: 1000, with_delimiter: byFolder, ...(cursor !== undefined && { cursor }) })
    const page = dataOf(answer, bucket)
    yield page
    cursor = page.hasNext ? page.nextCursor : undefined
  } while (cursor !== undefined)
}

/** The object of the address, or, asked for with `--recursive`, all of the folder. */
export async function chosen(storage: Storage, address: Address, recursive: boolean): Promise<string[]> {
  const { bucket, path } = address
  if (path !== '' && !path.endsWith('/')) {
    const { data: exists } = await storage.from(bucket).exists(path)
    if (exists) return [path]
  }
  if (!recursive) {
    const message = `${bucket}/${path} is no object; with -r all that lies below it is meant.`
    throw new PorticoError('BAD_USER_INPUT', { message })
  }
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`
  const paths = await pathsBelow(storage, { bucket, path: folder })
  if (paths.length === 0) throw new PorticoError('BAD_USER_INPUT', { message: `Nothing lies below ${bucket}/${path}.` })
  return paths
}
