import { arrayText } from '#database'
import type { ColumnField, ValueType } from '../model/index.ts'
import {
  decodeCursor,
  type Input,
  keyOfRepresentation,
  readValue,
  representationsIn,
  userError,
  type Value,
  type Variables,
} from '../plan/index.ts'

/** A parameter of a statement: where its value comes from, and the form Postgres reads it in. */
export type Parameter =
  | { readonly kind: 'value'; readonly value: Value; readonly type: ValueType }
  | { readonly kind: 'list'; readonly value: Value; readonly type: ValueType }
  /** One column's value out of a cursor of at least `size` columns. */
  | { readonly kind: 'cursor'; readonly value: Value; readonly index: number; readonly size: number }
  /** How many rows `_entities` is asked for. */
  | { readonly kind: 'entityCount'; readonly value: Value }
  /** Those of one type that are named by one key, as a JSON array: `place`, counted from 1, and `k0`, `k1` … */
  | {
      readonly kind: 'entityKeys'
      readonly value: Value
      readonly typeName: string
      readonly keys: readonly (readonly ColumnField[])[]
      readonly key: readonly ColumnField[]
    }
  /** Rows to insert, as a JSON array of objects by column name. */
  | {
      readonly kind: 'rows'
      readonly columns: readonly RowColumn[]
      readonly rows: readonly ReadonlyMap<string, Input>[]
      /** For rows that belong to others: whose they are, as `p0`, `p1` …, beside their own number `n`. */
      readonly places?: readonly (readonly number[])[]
    }

export interface RowColumn {
  readonly field: string
  readonly column: string
  readonly type: ValueType
}

/** The parameter's text for one request, or null. */
export function bind(parameter: Parameter, variables: Variables): string | null {
  switch (parameter.kind) {
    case 'value':
      return toText(readValue(parameter.value, variables), parameter.type)
    case 'list': {
      const value = readValue(parameter.value, variables)
      if (value === null || value === undefined) return null
      return arrayText((Array.isArray(value) ? value : [value]).map((item) => toText(item, parameter.type)))
    }
    case 'cursor': {
      const { values = [] } = decodeCursor(readValue(parameter.value, variables)) ?? {}
      if (values.length < parameter.size) throw userError('Failed to decode cursor, please check for typos')
      return values[parameter.index] ?? null
    }
    case 'entityCount':
      return String(representationsIn(readValue(parameter.value, variables)).length)
    case 'entityKeys':
      return JSON.stringify(entityRows(parameter, variables))
    case 'rows':
      return JSON.stringify(
        parameter.rows.map((row, n) => ({
          ...Object.fromEntries(
            parameter.columns.map(({ field, column, type }) => [
              column,
              toJson(inputValue(row.get(field), variables), type),
            ]),
          ),
          ...(parameter.places && {
            n,
            ...Object.fromEntries((parameter.places[n] ?? []).map((p, i) => [`p${i}`, p])),
          }),
        })),
      )
  }
}

/** Each value of rows to insert, and its text as Postgres reads it. */
export function cellsOf(
  { columns, rows }: Parameter & { kind: 'rows' },
  variables: Variables,
): { readonly input: Input | undefined; readonly text: string | null; readonly type: ValueType }[] {
  return rows.flatMap((row) =>
    columns.map(({ field, type }) => {
      const input = row.get(field)
      return { input, text: toText(inputValue(input, variables), type), type }
    }),
  )
}

function entityRows(
  { value, typeName, keys, key }: Parameter & { kind: 'entityKeys' },
  variables: Variables,
): object[] {
  return representationsIn(readValue(value, variables)).flatMap(({ __typename: name, ...fields }, i) => {
    if (name !== typeName || keyOfRepresentation(keys, Object.keys(fields)) !== key) return []
    const values = key.map((field, k) => [`k${k}`, toText(fields[field.name], field.type)])
    return [{ place: i + 1, ...Object.fromEntries(values) }]
  })
}

/** What a column's input stands for in one request. */
function inputValue(input: Input | undefined, variables: Variables): unknown {
  return input?.kind === 'leaf' ? readValue(input.value, variables) : null
}

/** In the form of Postgres' input function for the type. */
function toText(value: unknown, type: ValueType): string | null {
  if (value === null || value === undefined) return null
  // A list out of a cursor or a `nodeId` is Postgres' own text.
  if (type.kind === 'list' && Array.isArray(value)) return arrayText(value.map((item) => toText(item, type.item)))
  if (type.kind === 'enum') return labelOf(value, type)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** In the form that `json_to_recordset` reads; JSON documents stay texts and are cast afterwards. */
function toJson(value: unknown, type: ValueType): unknown {
  if (value === null || value === undefined) return null
  if (type.kind === 'list') return toText(value, type)
  return type.kind === 'enum' ? labelOf(value, type) : value
}

function labelOf(value: unknown, type: ValueType & { kind: 'enum' }): string {
  return type.enum.values.find(({ name }) => name === value)?.label ?? String(value)
}
