import type { ChangePlan } from './changes-plan.ts'
import type { ObjectPlan, OperationPlan, RootPlan, RowsPlan } from './plan.ts'
import type { Value } from './value.ts'

/**
 * How many rows an operation asks for at most: the sizes of its pages, those of nested pages times those around them.
 * Known from the plan, before anything runs.
 */
export function costOf({ roots }: OperationPlan): number {
  return roots.reduce((sum, root) => sum + rootCost(root), 0)
}

function rootCost(root: RootPlan): number {
  switch (root.kind) {
    case 'rows':
      return rowsCost(root.rows, 1)
    case 'row':
      return 1 + objectCost(root.row.object, 1)
    case 'entities': {
      const { count, groups } = root.entities
      return groups.reduce((sum, { object }) => sum + objectCost(object, count), count)
    }
    case 'insert':
      return changeCost(root, root.rows.length)
    case 'update':
    case 'delete':
      return changeCost(root, boundOf(root.atMost))
    case 'write': {
      const { steps, roots } = root
      const related = steps.reduce((sum, step) => sum + (step.atMost ? boundOf(step.atMost) : step.rows.length), 0)
      const [first] = roots
      const { atMost } = (first && steps[first.step]) ?? {}
      return related + changeCost(root, atMost ? boundOf(atMost) : roots.length)
    }
    default:
      return 1
  }
}

function boundOf(atMost: Value): number {
  return atMost.kind === 'constant' ? Math.max(1, Number(atMost.value)) : 1
}

function changeCost({ fields }: ChangePlan, rows: number): number {
  const records = fields.map((field) => (field.kind === 'records' ? objectCost(field.object, rows) : 0))
  return records.reduce((sum, cost) => sum + cost, rows)
}

function rowsCost({ fields, page }: RowsPlan, times: number): number {
  const rows = times * page.limit
  return fields.reduce((sum, field) => {
    if (field.kind === 'groups') return sum + times * field.groups.limit
    if (field.kind !== 'edges') return sum
    return field.fields.reduce(
      (all, part) => (part.kind === 'node' ? all + objectCost(part.object, rows) : all),
      sum + rows,
    )
  }, times)
}

function objectCost({ fields }: ObjectPlan, times: number): number {
  return fields.reduce((sum, field) => {
    if (field.kind === 'rows') return sum + rowsCost(field.rows, times)
    return field.kind === 'row' ? sum + times + objectCost(field.row.object, times) : sum
  }, 0)
}
