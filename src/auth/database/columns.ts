import type { ColumnType } from 'kysely'
import type { JsonObject } from '../json.ts'

export type Instant = ColumnType<Date, Date, Date>
export type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>
/** `timestamp` without a zone, kept in UTC; written as text, since node-postgres would write local time. */
export type UtcText = ColumnType<Date | null, string | undefined, string>
/** Read as parsed JSON, written as JSON text. */
export type Json = ColumnType<JsonObject, string, string>
export type OptionalJson = ColumnType<JsonObject | null, string | null | undefined, string | null>
export type OptionalText = ColumnType<string | null, string | null | undefined, string | null>
