import { StorageError } from '../errors/index.ts'

/** What a bucket asks of its objects, as a request gives it. */
export interface BucketRules {
  readonly public?: boolean | undefined
  /** Bytes, or a number with its unit (`20MB`); null and '' are none. */
  readonly fileSizeLimit?: number | string | null | undefined
  readonly allowedMimeTypes?: readonly string[] | null | undefined
}

const units = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 } as const

/**
 * A bucket's limit in bytes. Throws InvalidSchema for a size that is none, EntityTooLarge for one above the
 * project's own limit.
 */
export function fileSizeLimitInBytes(limit: number | string | null, projectLimit: number): number | null {
  if (limit === null || limit === '') return null
  const bytes = sizeInBytes(String(limit))
  if (bytes > projectLimit) throw new StorageError('EntityTooLarge')
  return bytes
}

function sizeInBytes(size: string): number {
  if (/^\d+(e\+\d+)?$/.test(size)) return Number(size)
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)$/i.exec(size) ?? []
  if (amount === undefined || unit === undefined) {
    throw new StorageError('InvalidSchema', {
      message: 'Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B',
    })
  }
  return Math.round(Number(amount) * units[unit.toLowerCase() as keyof typeof units])
}

const mimePattern = /^(\*|[a-z0-9.+-]+\/(\*|[a-z0-9.+-]+)|\*\/\*)(;\s*charset=[a-z0-9-]+)?$/i

/** Throws InvalidMimeType for what is neither a type nor a pattern of types (`image/*`). */
export function assertMimePatterns(patterns: readonly string[]): void {
  for (const pattern of patterns) {
    if (pattern.length > 1000 || !mimePattern.test(pattern)) throw unsupported(pattern)
  }
}

/**
 * Throws InvalidMimeType unless one of the patterns allows the type. As on Supabase a type's parameters count:
 * `text/plain` does not allow `text/plain;charset=UTF-8`. None or an empty list allows all.
 */
export function assertMimeAllowed(mimeType: string, patterns: readonly string[] | null): void {
  if (patterns && patterns.length > 0 && !isMimeAllowed(mimeType, patterns)) throw unsupported(mimeType)
}

export function isMimeAllowed(mimeType: string, patterns: readonly string[]): boolean {
  const [type, subtype] = mimeType.split('/')
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === '*/*') return true
    const [patternType, patternSubtype] = pattern.split('/')
    return type === patternType && subtype !== undefined && (patternSubtype === '*' || patternSubtype === subtype)
  })
}

function unsupported(mimeType: string): StorageError {
  return new StorageError('InvalidMimeType', { message: `mime type ${mimeType} is not supported` })
}
