import { sql } from 'kysely'
import type { ObjectMetadata, Session } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName } from '../names.ts'

export interface PageRequest {
  /** How names begin; a folder ends with a slash. */
  readonly prefix?: string | undefined
  /** At most 1000. */
  readonly limit?: number | undefined
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** A name that the page begins behind; that of a folder ends with a slash. A cursor goes before it. */
  readonly startAfter?: string | undefined
  /** What lies in a folder below the prefix is listed as the folder. */
  readonly folders: boolean
  readonly sortBy?:
    | {
        readonly column: 'name' | 'updated_at' | 'created_at'
        readonly order?: 'asc' | 'desc' | undefined
      }
    | undefined
}

/** An entry of a page. `name` is whole, and ends with a slash for a folder; `key` is its last part. */
export interface PageEntry {
  readonly name: string
  readonly key: string
  readonly id: string | null
  readonly updated_at: string | null
  readonly created_at: string | null
  readonly last_accessed_at: string | null
  readonly metadata: ObjectMetadata | null
}

export interface Page {
  readonly hasNext: boolean
  readonly nextCursor?: string
  /** The name that the page ends with; that of a folder ends with a slash. */
  readonly nextCursorKey?: string
  readonly folders: readonly PageEntry[]
  readonly objects: readonly PageEntry[]
}

const largestPage = 1000

/** One page of a bucket as the session sees it, by the name it ends with rather than by its number. */
export async function listPage(session: Session, bucket: string, request: PageRequest): Promise<Page> {
  assertBucketName(bucket)
  const limit = Math.min(request.limit ?? largestPage, largestPage)
  const cursor = request.cursor ? decodeCursor(request.cursor) : undefined
  const from: Cursor = cursor ?? {
    startAfter: request.folders ? startOf(request.startAfter ?? '') : (request.startAfter ?? ''),
    column: request.sortBy?.column ?? 'name',
    order: request.sortBy?.order ?? 'asc',
    after: '',
  }
  const { prefix = '' } = request
  const entries = await (request.folders ? entriesOfLevel : allObjects)(session, bucket, prefix, limit + 1, from)
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  const hasNext = entries.length > limit && last !== undefined
  return {
    hasNext,
    ...(hasNext && { nextCursor: encodeCursor(following(from, last)), nextCursorKey: keyOf(last) }),
    folders: page.filter(({ id }) => id === null).map((folder) => ({ ...folder, name: keyOf(folder) })),
    objects: page.filter(({ id }) => id !== null),
  }
}

/** The name of an object; of a folder, with its slash. */
function keyOf({ id, name }: PageEntry): string {
  return id === null ? `${name}/` : name
}

function entriesOfLevel(session: Session, bucket: string, prefix: string, limit: number, from: Cursor) {
  const level = prefix.split('/').length
  return session.read<PageEntry>((db) =>
    db
      .selectFrom(
        sql<PageEntry>`storage.search_v2(${prefix}, ${bucket}, ${limit}::int, ${level}::int, ${from.startAfter},
          ${from.order}, ${from.column}, ${from.after})`.as('listed'),
      )
      .select(['key', 'name', 'id', 'updated_at', 'created_at', 'last_accessed_at', 'metadata']),
  )
}

function allObjects(session: Session, bucket: string, prefix: string, limit: number, from: Cursor) {
  const { startAfter, column, after } = from
  const name = sql<string>`name collate "C"`
  const time = sql<Date>`date_trunc('milliseconds', ${sql.ref(column)})`
  const than = sql.raw(from.order === 'asc' ? '>' : '<')
  return session.read<PageEntry>((db) => {
    let query = db
      .selectFrom('storage.objects')
      .select(['id', 'name', 'name as key', 'updated_at', 'created_at', 'last_accessed_at', 'metadata'])
      .where('bucket_id', '=', bucket)
      .limit(limit)
    if (prefix !== '') {
      query = query.where(sql<boolean>`${name} >= ${prefix} and ${name} < ${prefix} || U&'\\+10FFFF'`)
    }
    if (column === 'name') {
      if (startAfter !== '') query = query.where(sql<boolean>`${name} ${than} ${startAfter}`)
      return query.orderBy(name, from.order)
    }
    if (startAfter !== '') {
      query = query.where(sql<boolean>`(${time}, ${name}) ${than} (${after}::timestamptz, ${startAfter})`)
    }
    return query.orderBy(time, from.order).orderBy(name, from.order)
  })
}

/** Where a page begins, and how the listing goes on. */
interface Cursor {
  readonly startAfter: string
  readonly column: 'name' | 'updated_at' | 'created_at'
  readonly order: 'asc' | 'desc'
  /** The time of `startAfter`, where times are what is sorted by. */
  readonly after: string
}

function following(from: Cursor, last: PageEntry): Cursor {
  const { column, order } = from
  if (column !== 'name') return { ...from, startAfter: last.name, after: last[column] ?? '' }
  return { ...from, startAfter: last.id === null ? last.name : pastObject(last.name, order) }
}

function startOf(name: string): string {
  return name === '' || name.endsWith('/') ? name.slice(0, -1) : pastObject(name, 'asc')
}

/**
 * A text right behind an object's name, before all other names. The name itself would be taken for that of a folder where
 * there is one, and the folder `a/` is listed apart from the object `a`.
 */
function pastObject(name: string, order: Cursor['order']): string {
  if (order === 'asc') return `${name}\u0001`
  const last = name.length - 1
  return `${name.slice(0, last)}${String.fromCharCode(name.charCodeAt(last) - 1)}\u{10FFFF}`
}

function encodeCursor({ startAfter, column, order, after }: Cursor): string {
  return Buffer.from(JSON.stringify([startAfter, column, order, after])).toString('base64url')
}

function decodeCursor(text: string): Cursor {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string')) {
      const [startAfter, column, order, after] = parts as [string, Cursor['column'], Cursor['order'], string]
      const isKnown = ['name', 'updated_at', 'created_at'].includes(column) && ['asc', 'desc'].includes(order)
      if (isKnown && (after === '' || !Number.isNaN(Date.parse(after)))) return { startAfter, column, order, after }
    }
  } catch {
    // told below
  }
  throw new StorageError('InvalidParameter', { message: 'Invalid Parameter continuation token' })
}
