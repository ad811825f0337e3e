import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { Entity, ValueType } from '../model/index.ts'
import type { Input } from '../plan/index.ts'
import type { Parameter } from './parameter.ts'

export function tableRef({ table }: Entity): Fragment {
  return qualified(table)
}

export function parameter(value: Parameter): Fragment {
  return sql`${sql.val(value)}`
}

/** A value that was given for a column, in the column's type. */
export function valueSql(input: Input, type: ValueType): Fragment {
  const value = input.kind === 'leaf' ? input.value : ({ kind: 'constant', value: null } as const)
  return sql`cast(${parameter({ kind: 'value', value, type })} as ${qualified(type.pg)})`
}
