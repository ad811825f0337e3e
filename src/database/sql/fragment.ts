import { type RawBuilder, sql } from 'kysely'

/** A piece of SQL. Identifiers and values enter it through Kysely and nowhere else. */
export type Fragment = RawBuilder<unknown>

/** Text known now, or an expression whose text Postgres adds. */
export type Text = string | Fragment

/** One text of all the parts; null if any expression among them is. */
export function concat(...parts: readonly (Text | readonly Text[])[]): Fragment {
  const merged: Text[] = []
  for (const part of parts.flat() as Text[]) {
    const last = merged.at(-1)
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part
    else if (part !== '') merged.push(part)
  }
  const fragments = merged.map((part) => (typeof part === 'string' ? sql.lit(part) : part))
  // One literal alone is of unknown type; a text it must be.
  return fragments.length === 1 && typeof merged[0] === 'string' ? sql`${fragments[0]}::text` : joined(fragments)
}

/** Postgres nests `a || b || c` as deep as it is long, and its stack has an end. */
const longest = 200

function joined(parts: readonly Fragment[]): Fragment {
  if (parts.length <= longest) return sql`${sql.join(parts, sql` || `)}`
  const groups = Array.from({ length: Math.ceil(parts.length / longest) }, (_, i) => {
    return sql`(${sql.join(parts.slice(i * longest, (i + 1) * longest), sql` || `)})`
  })
  return joined(groups)
}

/** `{"key":value,…}` */
export function objectText(fields: readonly (readonly [key: string, value: Text | readonly Text[]])[]): Text[] {
  return [
    '{',
    ...fields.flatMap(([key, value], i): Text[] => [
      `${i > 0 ? ',' : ''}${JSON.stringify(key)}:`,
      ...([value].flat() as Text[]),
    ]),
    '}',
  ]
}

/** The name of a type, table or function in its schema. */
export function qualified({ schema, name }: { readonly schema: string; readonly name: string }): Fragment {
  return sql`${sql.id(schema, name)}`
}

export function column(alias: string, name: string): Fragment {
  return sql`${sql.id(alias, name)}`
}

/** ` where …`, or nothing where there is no condition. */
export function whereSql(conditions: readonly Fragment[]): Fragment {
  return conditions.length === 0 ? sql`` : sql` where ${sql.join(conditions, sql` and `)}`
}
