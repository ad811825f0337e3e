import { sql } from 'kysely'
import type { Fragment } from './fragment.ts'

/** Comparisons by what they say; each dialect has its own word for some. */
export const comparisons = {
  eq: sql`=`,
  neq: sql`<>`,
  gt: sql`>`,
  gte: sql`>=`,
  lt: sql`<`,
  lte: sql`<=`,
  like: sql`like`,
  ilike: sql`ilike`,
  regex: sql`~`,
  iregex: sql`~*`,
  contains: sql`@>`,
  containedBy: sql`<@`,
  overlaps: sql`&&`,
} satisfies Readonly<Record<string, Fragment>>

/** What makes a `tsquery` of a text, by how the text is written. */
export const queryParsers = {
  websearch: sql`websearch_to_tsquery`,
  plain: sql`plainto_tsquery`,
  phrase: sql`phraseto_tsquery`,
  raw: sql`to_tsquery`,
} satisfies Readonly<Record<string, Fragment>>
