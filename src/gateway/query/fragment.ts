import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { Entity } from '../model/index.ts'
import type { Parameter } from './parameter.ts'

export function tableRef({ table }: Entity): Fragment {
  return qualified(table)
}

export function parameter(value: Parameter): Fragment {
  return sql`${sql.val(value)}`
}
