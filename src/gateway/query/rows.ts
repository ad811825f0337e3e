import { sql } from 'kysely'
import { column, concat, type Fragment, objectText, type Text, whereSql } from '#database'
import type { ConnectionField, ObjectField, ObjectPlan, PageInfoField, RowPlan, RowsPlan } from '../plan/index.ts'
import { rowKey } from '../schema/index.ts'
import { aggregateJson } from './aggregate.ts'
import { conditionSql } from './condition.ts'
import { groupsJson } from './groups.ts'
import { cursorText, nodeId } from './identity-text.ts'
import { jsonText } from './json-text.ts'
import { besideCursor } from './keyset.ts'
import { orderJoins, orderSql, termSql } from './order.ts'
import { behindSql, hasPlainRows, offsetSql } from './page.ts'
import { type Compilation, directRow, isStored, pageRow, type RowSource, wholeRow } from './row-source.ts'
import { isOfAll, rowsFrom } from './rows-from.ts'
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
  const { source, matches, sorted } = rowsFrom(plan, parent, base, compilation)
  const beyond = cursor ? [besideCursor(plan.order, cursor, base, { reversed: backward, inclusive: false })] : []
  const ordered = sql`${source}${orderJoins(plan.order, base, isOfAll(plan))}`

  const infos = plan.fields.flatMap((field) => (field.kind === 'pageInfo' ? field.fields : []))
  const [ahead, behind] = backward
    ? (['hasPreviousPage', 'hasNextPage'] as const)
    : (['hasNextPage', 'hasPreviousPage'] as const)
  const peeks = infos.some(({ kind }) => kind === ahead)
  const reads =
    plan.fields.some(({ kind }) => kind === 'edges') || infos.some(({ kind }) => kind !== 'constant' && kind !== behind)

  const needed = new Map<string, Fragment>()
  const row = pageRow(page, base, plan, needed)
  const cursorOf = (whose?: (value: Fragment) => Fragment) =>
    cursorText(
      plan.order,
      (term, i) => {
        if (!term.through) return row.column(term.field.column.name)
        needed.set(`__o${i}`, termSql(term, i, base))
        return column(page, `__o${i}`)
      },
      whose,
    )

  const info = ({ kind }: Exclude<PageInfoField, { kind: 'constant' }>): Text => {
    if (kind === ahead) return sql`case when count(*) > ${sql.lit(limit)} then 'true' else 'false' end`
    if (kind === behind) return behindSql(plan, cursor ? ordered : source, matches, base)
    return edgeCursor(backward === (kind === 'endCursor') ? 'first' : 'last')
  }
  // Numbering costs a fifth of a page of plain columns, more than the row too many; other fields of it must not be read.
  const numbered = backward || (peeks && !hasPlainRows(plan))
  const number = sql.id(page, '__n')
  /** Made once, of the values of one row: making a cursor costs more than the rest of a small row. */
  const edgeCursor = (edge: 'first' | 'last') => {
    if (limit === 0) return 'null'
    const place = edge === 'first' ? sql.lit(1) : peeks ? sql`least(count(*), ${sql.lit(limit)})` : sql`count(*)`
    const inOrder = backward ? sql` order by ${number}` : sql``
    const text = cursorOf((value) => sql`(array_agg(${value}${inOrder}))[${place}]`)
    return sql`case when count(*) > 0 then '"' || ${text} || '"' else 'null' end`
  }
  const joinedRows = (each: Fragment) => {
    if (peeks && !numbered) return sql`array_to_string((array_agg(${each}))[:${sql.lit(limit)}], ',')`
    const inOrder = backward ? sql` order by ${number} desc` : sql``
    // They are numbered before any is skipped.
    const last = offset ? sql`${offsetSql(offset)} + cast(${sql.lit(limit)} as int8)` : sql.lit(limit)
    const shown = peeks ? sql` filter (where ${number} <= ${last})` : sql``
    return sql`string_agg(${each}, ','${inOrder})${shown}`
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
        return ['[', sql`coalesce(${joinedRows(concat(edge))}, '')`, ']']
      }
    }
  }
  const body = concat(objectText(plan.fields.map((field) => [field.key, text(field)])))
  // Nothing of the page itself is asked for (only `totalCount`, say): no page is read.
  if (!reads) return sql`(select ${body})`

  const order = sorted && !backward ? sql`` : sql`order by ${orderSql(plan.order, base, backward)}`
  const columns = [...needed].map(([name, value]) => sql`${value} as ${sql.id(name)}`)
  if (numbered) columns.push(sql`row_number() over (${order}) as __n`)
  return sql`(select ${body} from (select ${columns.length > 0 ? sql.join(columns) : sql`1`} from ${ordered}${whereSql([...matches, ...beyond])} ${order} limit ${sql.lit(limit + (peeks ? 1 : 0))}${offset ? sql` offset ${offsetSql(offset)}` : sql``}) as ${sql.id(page)})`
}
