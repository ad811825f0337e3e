import { sql } from 'kysely'
import { concat, type Fragment, objectText, type Text } from '#database'
import type { ChangeField, ChangePlan, ObjectPlan } from '../plan/index.ts'

/** The JSON text of what a mutation's field answers. */
export function answer(
  fields: readonly ChangeField[],
  count: Fragment,
  records: (object: ObjectPlan) => Fragment,
): Fragment {
  return concat(
    objectText(
      fields.map((field): [string, Text | readonly Text[]] => {
        if (field.kind === 'constant') return [field.key, field.json]
        if (field.kind === 'affectedCount') return [field.key, count]
        return [field.key, ['[', sql`coalesce(${records(field.object)}, '')`, ']']]
      }),
    ),
  )
}

/** Whether the answer depends on more than the columns of the changed rows. */
export function looksBeyond({ fields }: ChangePlan): boolean {
  return fields.some((field) => field.kind === 'records' && field.object.fields.some(({ kind }) => beyond.has(kind)))
}

const beyond: ReadonlySet<string> = new Set(['row', 'rows', 'computed'])
