import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, qualified, type Text } from '#database'
import type { MediaHandler } from '../model/index.ts'
import type { Node, Plan } from '../plan/index.ts'
import { type Member, objectOf, type Page } from './member.ts'
import type { Compilation } from './row-source.ts'

/** The body, as an aggregate over the page's rows, and what it is selected from. */
export interface Body {
  readonly text: Fragment
  readonly from: Fragment
}

export function bodyOf(plan: Plan, page: Page, compilation: Compilation): Body {
  const { body } = plan.answer
  const returns = plan.kind === 'call' ? plan.returns : 'rows'
  if (body === 'none' || returns === 'void') return { text: sql`''`, from: page.from() }
  if (body === 'csv') return csv(page, compilation)
  if (body === 'geojson') return geojson(page, compilation)
  const [only] = page.members
  if (body === 'handled' && plan.answer.handler) return handled(plan.answer.handler, plan.root, page, compilation)
  const each = returns === 'value' || returns === 'values' ? memberText(only) : objectOf(page)
  const single = body === 'object' || body === 'object-stripped' || returns === 'value' || returns === 'row'
  const rows = sql`string_agg(${each}, ',')`
  const text = single ? sql`coalesce(${rows}, 'null')` : concat('[', sql`coalesce(${rows}, '')`, ']')
  if (body !== 'object-stripped' && body !== 'array-stripped') return withFrom(page, text)
  const stripped = sql`json_strip_nulls(cast(${text} as json))::text`
  // Several objects are no JSON, and an error that comes later.
  return withFrom(page, single ? sql`case when count(*) = 1 then ${stripped} else '' end` : stripped)
}

/** What SQL of the database's own makes of the rows; bytes as hexadecimal digits. */
function handled(
  { aggregate, wholeRows, binary }: MediaHandler,
  { table }: Node,
  page: Page,
  compilation: Compilation,
): Body {
  // As the type itself prints: a cast of XML to text is another thing.
  const text = (value: Fragment) => (binary ? sql`encode(${value}, 'hex')` : sql`format('%s', ${value})`)
  if (!aggregate) return withFrom(page, sql`string_agg(${text(page.members[0]?.value() ?? sql`null`)}, '')`)
  const { alias, from } = recordsOf(page, compilation)
  const whole = wholeRows && table
  const row = whole ? sql`cast(row(${sql.id(alias)}.*) as ${qualified(table)})` : sql`${sql.id(alias)}.*`
  return { text: text(sql`${qualified(aggregate)}(${row})`), from }
}

/** The page's rows as records of the keys. */
function recordsOf(page: Page, compilation: Compilation): { readonly alias: string; readonly from: Fragment } {
  const alias = compilation.alias('record')
  const values = page.members.map((member) => sql`${member.value()} as ${sql.id(member.key)}`)
  return { alias, from: sql`(select ${sql.join(values)} from ${page.from()}) as ${sql.id(alias)}` }
}

/** The page's source is complete once the text was made. */
function withFrom(page: Page, text: Fragment): Body {
  return { text, from: page.from() }
}

function memberText(member: Member | undefined): Fragment {
  return concat(member?.text() ?? 'null')
}

/** A header of the keys, then each row as Postgres writes records, without the parentheses. */
function csv(page: Page, compilation: Compilation): Body {
  const alias = compilation.alias('csv')
  const names = page.members.map((_, i) => `c${i + 1}`)
  const values = page.members.map((member, i) => sql`${member.value()} as ${sql.id(names[i] ?? '')}`)
  const header = page.members.map(({ key }) => (/[",\n]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key)).join(',')
  const record = sql`row(${sql.join(names.map((name) => column(alias, name)))})::text`
  const line = sql`substr(${record}, 2, length(${record}) - 2)`
  const lines = sql`coalesce(string_agg(${line}, chr(10)), '')`
  return {
    text: sql`case when count(*) = 0 then '' else ${sql.lit(header)} end || chr(10) || ${lines}`,
    from: sql`(select ${sql.join(values)} from ${page.from()}) as ${sql.id(alias)}`,
  }
}

/** PostGIS makes a feature of each row, by its geometry column; where there is no PostGIS, there is no such function. */
function geojson(page: Page, compilation: Compilation): Body {
  const { alias, from } = recordsOf(page, compilation)
  const features = sql`coalesce(string_agg(ST_AsGeoJSON(${sql.id(alias)}.*)::text, ','), '')`
  return {
    text: concat('{"type":"FeatureCollection","features":[', features, ']}'),
    from,
  }
}

/** `{"id":"1"}`: values as texts, for the `Location` header. */
export function keyText(names: readonly string[], value: (name: string) => Fragment): Fragment {
  const pairs = names.map((name): [string, Text] => [name, sql`coalesce(to_json(${value(name)}::text)::text, 'null')`])
  return concat(objectText(pairs))
}
