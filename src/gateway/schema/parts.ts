import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
} from 'graphql'
import type { ColumnField, Entity, EnumType, ScalarName, ValueType } from '../model/index.ts'
import type { NamedTypes } from './named-types.ts'

/**
 * The types of one schema, each made when it is first referred to: what nothing refers to does not exist. They are made
 * with graphql-js directly, since a table brings ten and more; what code adds to them is made with Pothos.
 */
export interface Parts {
  readonly types: NamedTypes
  object(entity: Entity): GraphQLObjectType
  connection(entity: Entity): GraphQLObjectType
  aggregate(entity: Entity): GraphQLObjectType
  filter(entity: Entity): GraphQLInputObjectType
  orderBy(entity: Entity): GraphQLInputObjectType
  insertInput(entity: Entity): GraphQLInputObjectType
  updateInput(entity: Entity): GraphQLInputObjectType
  pageInfo(): GraphQLObjectType
  node(): GraphQLInterfaceType
  direction(): GraphQLEnumType
  filterOf(type: ValueType): GraphQLInputObjectType | undefined
  idFilter(): GraphQLInputObjectType
  enum(type: EnumType): GraphQLEnumType
  scalar(name: ScalarName | 'Cursor'): GraphQLScalarType
}

/** Makes once by key and remembers. */
export function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

export function required<T extends GraphQLNullableType>(type: T): GraphQLNonNull<T> {
  return new GraphQLNonNull(type)
}

/** `[T!]` */
export function listOf<T extends GraphQLNullableType>(type: T): GraphQLList<GraphQLNonNull<T>> {
  return new GraphQLList(new GraphQLNonNull(type))
}

/** The type of a value, in and out. A list's items may be null. */
export function typeOf(parts: Parts, type: ValueType): GraphQLInputType & GraphQLOutputType & GraphQLNullableType {
  return type.kind === 'list' ? new GraphQLList(itemType(parts, type.item)) : itemType(parts, type)
}

export type ScalarOrEnum = Exclude<ValueType, { kind: 'list' }>

export function itemType(parts: Parts, type: ScalarOrEnum): GraphQLEnumType | GraphQLScalarType {
  return type.kind === 'enum' ? parts.enum(type.enum) : parts.scalar(type.scalar)
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
