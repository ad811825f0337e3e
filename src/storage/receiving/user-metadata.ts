import { StorageError } from '../errors/index.ts'

type UserMetadata = Readonly<Record<string, unknown>>

/** Bytes of a form's field. */
export const longestUserMetadata = 1024 * 1024

/** The `x-metadata` header: JSON in base64. As on Supabase, what is not an object is not there. */
export function decodeUserMetadata(header: string | null | undefined): UserMetadata | undefined {
  return header ? parseUserMetadata(Buffer.from(header, 'base64').toString()) : undefined
}

/** The `metadata` field of a form: JSON. Throws EntityTooLarge above 1 MiB. */
export function parseUserMetadata(json: string | undefined): UserMetadata | undefined {
  if (json === undefined) return undefined
  if (Buffer.byteLength(json) > longestUserMetadata) {
    throw new StorageError('EntityTooLarge', { message: 'The user_metadata exceeded the maximum allowed size' })
  }
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is UserMetadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
