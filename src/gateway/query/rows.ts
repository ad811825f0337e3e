import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text, whereSql } from '#database'
import type {
  ConnectionField,
  ObjectField,
  ObjectPlan,
  PageInfoField,
  RowPlan,
  RowsPlan,
  Value,
} from '../plan/index.ts'
import { rowKey } from '../schema/index.ts'
import { aggregateJson } from './aggregate.ts'
import { conditionSql } from './condition.ts'
import { parameter } from './fragment.ts'
import { groupsJson } from './groups.ts'
import { cursorText, nodeId } from './identity-text.ts'
import { jsonText } from './json-text.ts'
import { besideCursor } from './keyset.ts'
import { orderJoins, orderSql, termSql } from './order.ts'
import { type Compilation, directRow, isStored, pageRow, type RowSource, wholeRow } from './row-source.ts'
import { rowsFrom } from './rows-from.ts'
import { callSql, from, joinConditions } from './source.ts'

/** The JSON text of one row of a table. */
export function objectJson(plan: ObjectPlan, row: RowSource, compilation: Compilation): Text[] {
  const fields = plan.fields.map((field): [string, Text[]] => [field.key, fieldText(field, plan, row, compilation)])
  if (plan.rowColumns.length > 0) {
    const pairs = plan.rowColumns.map((name) => sql`${sql.lit(name)}, ${row.column(name)}`)
    fields.push([rowKey, [sql`json_build_object(${sql.join(pairs)})::text`]])
  }
  return objectText(fields)
}

function fieldText(field: ObjectField, { entity }: ObjectPlan, row: RowSource, compilation: Compilation): Text[] {
  switch (field.kind) {
    case 'constant':
      return [field.json]
    case 'column': {
      const { column: own, type } = field.field
      return jsonText(row.column(own.name), type, own.notNull && row.stored, compilation.json)
    }
    case 'nodeId':
      return ['"', nodeId(entity, row), '"']
    case 'computed':
      return jsonText(callSql(field.call, row), field.type, false, compilation.json)
    case 'row':
      return [rowJson(field.row, row, compilation)]
    case 'rows':
      return [rowsJson(field.rows, row, compilation)]
  }
}

/** The JSON text of at most one row, or `null`. */
export function rowJson(plan: RowPlan, parent: RowSource | undefined, compilation: Compilation): Fragment {
  const alias = compilation.alias()
  const row = directRow(alias, isStored(plan.source))
  const object = concat(objectJson(plan.object, row, compilation))
  const where = [
    ...joinConditions(plan.source, parent, alias),
    ...(plan.filter ? [conditionSql(plan.filter, alias, compilation)] : []),
    // A function that answers null as a row answers a row of nulls.
    ...(plan.source.kind === 'call' || plan.source.kind === 'computed'
      ? [sql`not ((${wholeRow(alias)}) is null)`]
      : []),
  ]
  return sql`coalesce((select ${object} from ${from(plan.source, parent, alias)}${whereSql(where)} limit 1), 'null')`
}

/** The JSON text of a connection. */
export function rowsJson(plan: RowsPlan, parent: RowSource | undefined, compilation: Compilation): Fragment {
  const base = compilation.alias()
  const page = compilation.alias()
  const { limit, offset, backward, cursor } = plan.page
  // Rows are numbered before any is skipped.
  const nth = (n: number) => (offset ? sql`${offsetSql(offset)} + ${sql.lit(n)}` : sql.lit(n))
  const { source, matches, sorted } = rowsFrom(plan, parent, base, compilation)
  const beyond = cursor ? [besideCursor(plan.order, cursor, base, { reversed: backward, inclusive: false })] : []
  const ordered = sql`${source}${orderJoins(plan.order, base, matches.length === 0)}`

  const infos = plan.fields.flatMap((field) => (field.kind === 'pageInfo' ? field.fields : []))
  const peeks = infos.some(({ kind }) => kind === (backward ? 'hasPreviousPage' : 'hasNextPage'))
  const numbered = peeks || backward || infos.some(({ kind }) => kind === 'startCursor' || kind === 'endCursor')
  const findsLast = infos.some(({ kind }) => kind === (backward ? 'startCursor' : 'endCursor'))

  const needed = new Map<string, Fragment>()
  const row = pageRow(page, base, plan, needed)
  const shown = peeks ? sql` filter (where ${sql.id(page, '__n')} <= ${nth(limit)})` : sql``
  const inOrder = backward ? sql` order by ${sql.id(page, '__n')} desc` : sql``
  const cursorOf = () =>
    cursorText(plan.order, (term, i) => {
      if (!term.through) return row.column(term.field.column.name)
      needed.set(`__o${i}`, termSql(term, i, base))
      return column(page, `__o${i}`)
    })

  const info = ({ kind }: Exclude<PageInfoField, { kind: 'constant' }>): Text => {
    const more = sql`case when count(*) > ${sql.lit(limit)} then 'true' else 'false' end`
    const behind = behindSql(plan, cursor ? ordered : source, matches, base)
    switch (kind) {
      case 'hasNextPage':
        return backward ? behind : more
      case 'hasPreviousPage':
        return backward ? more : behind
      case 'startCursor':
        return edgeCursor(backward ? 'last' : 'first')
      case 'endCursor':
        return edgeCursor(backward ? 'first' : 'last')
    }
  }
  const [number, last] = [sql.id(page, '__n'), nth(limit)]
  /** Of one row: making a cursor costs more than the rest of a small row. */
  const edgeCursor = (edge: 'first' | 'last') => {
    if (limit === 0) return 'null'
    const isEdge =
      edge === 'first'
        ? sql`${number} = ${nth(1)}`
        : sql`${number} = ${last} or ${number} < ${last} and ${sql.id(page, '__last')}`
    return sql`coalesce('"' || (array_agg(${cursorOf()}) filter (where ${isEdge}))[1] || '"', 'null')`
  }

  const text = (field: ConnectionField): Text | readonly Text[] => {
    switch (field.kind) {
      case 'constant':
        return field.json
      case 'aggregate':
        return aggregateJson(field.fields, base, sql`${source}${whereSql(matches)}`)
      case 'groups':
        return groupsJson(field.groups, base, source, matches, compilation)
      case 'totalCount':
        return sql`(select count(*)::text from ${source}${whereSql(matches)})`
      case 'pageInfo':
        return objectText(field.fields.map((part) => [part.key, part.kind === 'constant' ? part.json : info(part)]))
      case 'edges': {
        const edge = objectText(
          field.fields.map((part): [string, Text | readonly Text[]] => {
            if (part.kind === 'constant') return [part.key, part.json]
            if (part.kind === 'cursor') return [part.key, ['"', cursorOf(), '"']]
            return [part.key, objectJson(part.object, row, compilation)]
          }),
        )
        return ['[', sql`coalesce(string_agg(${concat(edge)}, ','${inOrder})${shown}, '')`, ']']
      }
    }
  }
  const body = concat(objectText(plan.fields.map((field) => [field.key, text(field)])))
  // Nothing of the page itself is asked for (only `totalCount`, say): no page is read.
  if (!numbered && !plan.fields.some((field) => field.kind === 'edges')) return sql`(select ${body})`

  const order = sorted && !backward ? sql`` : sql`order by ${orderSql(plan.order, base, backward)}`
  const columns = [...needed].map(([name, value]) => sql`${value} as ${sql.id(name)}`)
  if (numbered) columns.push(sql`row_number() over (${order}) as __n`)
  if (findsLast) columns.push(sql`lead(false, 1, true) over (${order}) as __last`)
  return sql`(select ${body} from (select ${columns.length > 0 ? sql.join(columns) : sql`1`} from ${ordered}${whereSql([...matches, ...beyond])} ${order} limit ${sql.lit(limit + (peeks ? 1 : 0))}${offset ? sql` offset ${offsetSql(offset)}` : sql``}) as ${sql.id(page)})`
}

/** Known to Postgres where the document says it, so that it plans for so many. */
function offsetSql(offset: Value): Fragment {
  if (offset.kind === 'constant') return sql.lit(Number(offset.value))
  return sql`cast(${parameter({ kind: 'value', value: offset, type: bigInt })} as int8)`
}

const bigInt = { kind: 'scalar', scalar: 'BigInt', pg: { schema: 'pg_catalog', name: 'int8' } } as const

/** Whether rows lie on the side that the page came from. */
function behindSql({ page, order }: RowsPlan, source: Fragment, matches: readonly Fragment[], base: string): Text {
  const { cursor, backward } = page
  if (!cursor && !page.offset) return 'false'
  const side = { reversed: !backward, inclusive: true }
  const where = whereSql([...matches, ...(cursor ? [besideCursor(order, cursor, base, side)] : [])])
  // The nearest of them, as long as an index may find it: that any one will do would have Postgres look from the start.
  const nearest =
    cursor && order[0] && !order[0].through ? sql` order by ${orderSql([order[0]], base, !backward)}` : sql``
  return sql`case when (select true from ${source}${where}${nearest} limit 1) then 'true' else 'false' end`
}
