import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text } from '#database'
import type { Plan } from '../plan/index.ts'
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
  if (body === 'text' || body === 'xml' || body === 'binary') {
    return withFrom(page, sql`string_agg(${only?.value()}::text, '')`)
  }
  const each = returns === 'value' || returns === 'values' ? memberText(only) : objectOf(page)
  const single = body === 'object' || body === 'object-stripped' || returns === 'value' || returns === 'row'
  const rows = sql`string_agg(${each}, ',')`
  const text = single ? sql`coalesce(${rows}, 'null')` : concat('[', sql`coalesce(${rows}, '')`, ']')
  if (body !== 'object-stripped' && body !== 'array-stripped') return withFrom(page, text)
  const stripped = sql`json_strip_nulls(cast(${text} as json))::text`
  // Several objects are no JSON, and an error that comes later.
  return withFrom(page, single ? sql`case when count(*) = 1 then ${stripped} else '' end` : stripped)
}

/** The page's source is complete once the text was made. */
function withFrom(page: Page, text: Fragment): Body {
  return { text, from: page.from() }
}

function memberText(member: Member | undefined): Fragment {
  const text: Text = member?.text() ?? 'null'
  return typeof text === 'string' ? sql`${sql.lit(text)}::text` : text
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
  const alias = compilation.alias('feature')
  const values = page.members.map((member) => sql`${member.value()} as ${sql.id(member.key)}`)
  const features = sql`coalesce(string_agg(ST_AsGeoJSON(${sql.id(alias)}.*)::text, ','), '')`
  return {
    text: concat('{"type":"FeatureCollection","features":[', features, ']}'),
    from: sql`(select ${sql.join(values)} from ${page.from()}) as ${sql.id(alias)}`,
  }
}

/** `{"id":"1"}`: values as texts, for the `Location` header. */
export function keyText(names: readonly string[], value: (name: string) => Fragment): Fragment {
  const pairs = names.map((name): [string, Text] => [name, sql`coalesce(to_json(${value(name)}::text)::text, 'null')`])
  return concat(objectText(pairs))
}
