import { type RawBuilder, sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { JsonObject } from '../json.ts'

/** A user's own metadata is part of each access token, so it must stay small enough for an HTTP header. */
const maximumCharacters = 32 * 1024

type MetadataColumn = 'raw_app_meta_data' | 'raw_user_meta_data'

/**
 * The SQL that puts changes into a metadata column: keys are set, and those with null removed, as GoTrue does.
 * The merge happens in the database, so that two updates at once both stay. A user that GoTrue made without any has JSON's null.
 */
export function mergeMetadata(column: MetadataColumn, changes: JsonObject): RawBuilder<string> {
  const entries = Object.entries(changes)
  const removed = entries.filter(([, value]) => value === null).map(([key]) => key)
  const set = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== null)))
  return sql<string>`(coalesce(nullif(${sql.ref(column)}, 'null'), '{}') - ${removed}::text[]) || ${set}::jsonb`
}

/** Throws when metadata that users write themselves has grown too large; call it on what an update leads to. */
export function assertMetadataAllowed(metadata: JsonObject | null): void {
  if (metadata === null || JSON.stringify(metadata).length <= maximumCharacters) return
  throw new AuthError(400, 'validation_failed', `User metadata may be at most ${maximumCharacters} characters of JSON`)
}
