import type { Table } from '#database'
import type { Condition } from './condition-plan.ts'
import type { ObjectPlan, OperationPlan, OrderTerm, RootPlan, RowsPlan } from './plan.ts'

/**
 * The tables and views that a query looks at: for rows, for conditions and for orders. What a function looks at besides
 * the rows that it answers, or is given, no plan knows.
 */
export function tablesRead({ roots }: OperationPlan): ReadonlySet<Table> {
  const tables = new Set<Table>()
  for (const root of roots) ofRoot(root, tables)
  return tables
}

function ofRoot(root: RootPlan, tables: Set<Table>): void {
  if (root.kind === 'rows') ofRows(root.rows, tables)
  if (root.kind === 'row') {
    ofObject(root.row.object, tables)
    ofCondition(root.row.filter, tables)
  }
}

function ofRows({ entity, filter, order, fields }: RowsPlan, tables: Set<Table>): void {
  tables.add(entity.table)
  ofCondition(filter, tables)
  for (const { through } of order) ofWay(through, tables)
  for (const field of fields) {
    if (field.kind !== 'edges') continue
    for (const part of field.fields) if (part.kind === 'node') ofObject(part.object, tables)
  }
}

function ofWay(through: OrderTerm['through'], tables: Set<Table>): void {
  for (const relation of through?.path ?? []) tables.add(relation.to().table)
  if (through?.counted) tables.add(through.counted.to().table)
}

function ofObject({ entity, fields }: ObjectPlan, tables: Set<Table>): void {
  tables.add(entity.table)
  for (const field of fields) {
    if (field.kind === 'rows') ofRows(field.rows, tables)
    if (field.kind === 'row') {
      ofObject(field.row.object, tables)
      ofCondition(field.row.filter, tables)
    }
  }
}

function ofCondition(condition: Condition | undefined, tables: Set<Table>): void {
  switch (condition?.kind) {
    case 'all':
    case 'any':
      for (const inner of condition.of) ofCondition(inner, tables)
      return
    case 'not':
      ofCondition(condition.of, tables)
      return
    case 'related':
      tables.add(condition.relation.to().table)
      ofCondition(condition.of, tables)
  }
}
