import fc from 'fast-check'
import { literal, type RandomColumn, type RandomTable, randomValue } from '../../support/random-schema.ts'
import { type Condition, conditionParameter, conditionSql, randomCondition } from './condition.ts'
import { type Read, rowsOf } from './read.ts'
import { objectSql, whereSql } from './sql.ts'
import { describeEmbeds, selectOf } from './url.ts'

type Row = Readonly<Record<string, string | null>>

/** A change of a table's rows, and what is to be seen of those that it changed. */
export interface Write {
  readonly kind: 'insert' | 'merge' | 'ignore' | 'update' | 'delete'
  readonly table: string
  readonly columns: readonly RandomColumn[]
  readonly rows: readonly Row[]
  readonly where: readonly Condition[]
  readonly shown: Read
}

export function randomWrite(tables: readonly RandomTable[]): fc.Arbitrary<Write> {
  return fc.constantFrom(...tables).chain((table) => {
    const references = table.parents.map((parent): RandomColumn => ({ name: `${parent}_id`, type: 'int' }))
    const id: RandomColumn = { name: 'id', type: 'int' }
    const others = fc.subarray([...table.columns, ...references], { minLength: 1 })
    const rowOf = (columns: readonly RandomColumn[]) =>
      fc.record(
        Object.fromEntries(
          columns.map(({ name, type }): [string, fc.Arbitrary<string | null>] => [
            name,
            name === 'id'
              ? fc.integer({ min: 1, max: 30 }).map(String)
              : fc.option(name.endsWith('_id') ? fc.integer({ min: 1, max: 9 }).map(String) : randomValue(type), {
                  freq: 5,
                }),
          ]),
        ),
      )
    const where = fc.array(randomCondition([id, ...table.columns]), { minLength: 1, maxLength: 2 })
    const shown = rowsOf(tables, table, 1, '')
    const inserts = fc.constantFrom('insert' as const, 'merge' as const, 'ignore' as const)
    return fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(inserts, others, shown).chain(([kind, picked, read]) => {
          const columns = [id, ...picked]
          return fc
            .array(rowOf(columns), { minLength: 1, maxLength: 3 })
            .map((rows): Write => ({ kind, table: table.name, columns, rows, where: [], shown: read }))
        }),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(others, where, shown).chain(([columns, conditions, read]) =>
          rowOf(columns).map(
            (row): Write => ({
              kind: 'update',
              table: table.name,
              columns,
              rows: [row],
              where: conditions,
              shown: read,
            }),
          ),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(where, shown).map(
          ([conditions, read]): Write => ({
            kind: 'delete',
            table: table.name,
            columns: [],
            rows: [],
            where: conditions,
            shown: read,
          }),
        ),
      },
    )
  })
}

/** The change as a request whose effect is undone. */
export function requestOf({ kind, table, columns, rows, where, shown }: Write, base: string): Request {
  const parameters: [string, string][] = [['select', selectOf(shown)]]
  for (const condition of where) parameters.push(conditionParameter(condition, ''))
  describeEmbeds(shown.embeds, '', parameters)
  const resolution = kind === 'merge' || kind === 'ignore' ? `,resolution=${kind}-duplicates` : ''
  const objects = rows.map((row) => {
    const members = columns.map(({ name, type }) => `"${name}":${jsonOf(row[name] ?? null, type)}`)
    return `{${members.join(',')}}`
  })
  const body = kind === 'update' || objects.length === 1 ? objects[0] : `[${objects.join(',')}]`
  return new Request(`${base}/${table}?${new URLSearchParams(parameters)}`, {
    method: kind === 'update' ? 'PATCH' : kind === 'delete' ? 'DELETE' : 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: `return=representation,tx=rollback,count=exact${resolution}`,
    },
    ...(kind !== 'delete' && { body }),
  })
}

function jsonOf(value: string | null, type: RandomColumn['type']): string {
  if (value === null) return 'null'
  if (type === 'int[]') return `[${value.slice(1, -1)}]`
  return ['int', 'numeric', 'boolean', 'jsonb'].includes(type) ? value : JSON.stringify(value)
}

/** The same in SQL: one JSON document of the changed rows, in no order. */
export function writeSql(schema: string, write: Write): string {
  const shown = unlimited({ ...write.shown, where: [] })
  return `with c as (${changeSql(schema, write)} returning *)
    select coalesce(jsonb_agg(${objectSql(schema, shown, 'c')}), '[]') from c where ${whereSql(schema, shown, 'c')}`
}

/** To PostgREST limits and offsets are of reads alone, also those of what is embedded. */
function unlimited({ limit: _limit, offset: _offset, ...read }: Read): Read {
  return { ...read, embeds: read.embeds.map((embed) => ({ ...embed, read: unlimited(embed.read) })) }
}

function changeSql(schema: string, { kind, table, columns, rows, where }: Write): string {
  const own = `${schema}.${table}`
  const cell = (row: Row, { name, type }: RandomColumn) => `${literal(row[name] ?? null)}::${type}`
  const conditions = where.map((condition) => `(${conditionSql(condition, 't')})`).join(' and ')
  if (kind === 'delete') return `delete from ${own} t where ${conditions}`
  if (kind === 'update') {
    const set = columns.map((column) => `${column.name} = ${cell(rows[0] ?? {}, column)}`)
    return `update ${own} t set ${set.join(', ')} where ${conditions}`
  }
  const names = columns.map(({ name }) => name)
  const tuples = rows.map((row) => `(${columns.map((column) => cell(row, column)).join(', ')})`)
  const merged = names.map((name) => `${name} = excluded.${name}`).join(', ')
  const conflict = {
    insert: '',
    ignore: ' on conflict (id) do nothing',
    merge: ` on conflict (id) do update set ${merged}`,
  }
  return `insert into ${own} as t (${names.join(', ')}) values ${tuples.join(', ')}${conflict[kind]}`
}
