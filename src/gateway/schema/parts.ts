import type { EnumRef, InputObjectRef, InterfaceRef, ObjectRef } from '@pothos/core'
import type { ColumnField, Entity, EnumType, ValueType } from '../model/index.ts'
import type { Row, SchemaBuilder, Types } from './builder.ts'

type Input = InputObjectRef<Types, unknown>
export type OutputObject = ObjectRef<Types, Row>

/** The types of one schema, each made when it is first referred to: what nothing refers to does not exist. */
export interface Parts {
  readonly builder: SchemaBuilder
  object(entity: Entity): OutputObject
  connection(entity: Entity): OutputObject
  aggregate(entity: Entity): OutputObject
  filter(entity: Entity): Input
  orderBy(entity: Entity): Input
  insertInput(entity: Entity): Input
  updateInput(entity: Entity): Input
  pageInfo(): OutputObject
  node(): InterfaceRef<Types, Row>
  direction(): EnumRef<Types, string>
  filterOf(type: ValueType): Input | undefined
  idFilter(): Input
  enum(type: EnumType): EnumRef<Types, string>
}

/**
 * Makes once by key and remembers. `complete` runs when the value is known by its key already: Pothos reads a type's
 * fields as soon as it is implemented, and they may refer back to it.
 */
export function memo<K, V>(make: (key: K) => V, complete?: (value: V, key: K) => void): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    if (complete) inTurn(() => complete(value, key))
    return value
  }
}

const waiting: (() => void)[] = []
let busy = false

/** Types refer to types: completed one inside the other, a chain of many tables would exhaust the stack. */
function inTurn(work: () => void): void {
  waiting.push(work)
  if (busy) return
  busy = true
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) next()
  } finally {
    waiting.length = 0
    busy = false
  }
}

/** What builds input fields and arguments alike. */
interface ListBuilder {
  listRef(type: 'String', options: { required: false }): unknown
}

/** The input type of a value: what an insert or a function's argument takes. A list's items may be null. */
export function inputType(t: unknown, parts: Parts, type: ValueType): 'String' {
  if (type.kind !== 'list') return itemType(parts, type) as 'String'
  return (t as ListBuilder).listRef(itemType(parts, type.item) as 'String', { required: false }) as 'String'
}

export type ScalarOrEnum = Exclude<ValueType, { kind: 'list' }>
type InputTypeRef = EnumRef<Types, string> | Exclude<ValueType, { kind: 'list' | 'enum' }>['scalar']

export function itemType(parts: Parts, type: ScalarOrEnum): InputTypeRef {
  return type.kind === 'enum' ? parts.enum(type.enum) : type.scalar
}

export function readable(entity: Entity): readonly ColumnField[] {
  return entity.columns.filter((field) => field.readable)
}

/** Lists and JSON have no order that the API promises. */
export function orderable(entity: Entity): readonly ColumnField[] {
  return readable(entity).filter(
    ({ type }) => type.kind === 'enum' || (type.kind === 'scalar' && type.scalar !== 'JSON'),
  )
}

/** What an enum of columns can hold. */
export function nameable(entity: Entity): readonly ColumnField[] {
  return orderable(entity).filter(({ name }) => !['true', 'false', 'null'].includes(name))
}

export function isOrderable(entity: Entity): boolean {
  return orderable(entity).length > 0
}
