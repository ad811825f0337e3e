import {
  type GraphQLField,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLObjectType,
} from 'graphql'
import { PorticoError } from '#errors'
import type { InputFields, OutputFields } from './named-types.ts'

/**
 * The fields of a table, or of all of them, and those that the project's code adds.
 *
 * @throws PorticoError where two are called the same
 */
export function together(typeName: string, own: OutputFields, ofCode: OutputFields): OutputFields {
  const twice = Object.keys(ofCode).find((name) => name in own)
  if (twice === undefined) return { ...own, ...ofCode }
  const message = `The schema folder adds a field ${typeName}.${twice}, which the database has already.`
  throw new PorticoError('PROJECT_SCHEMA_INVALID', { message })
}

/** Adds fields to an input type whose fields are there; what is there already stays as it is. */
export function addInputFields(type: GraphQLInputObjectType, fields: InputFields): void {
  const own = type.getFields()
  const added = new GraphQLInputObjectType({ name: type.name, fields }).getFields()
  for (const [name, field] of Object.entries(added)) own[name] ??= field
}

/** Adds fields to an object type whose fields are there; what is there already stays as it is. */
export function addFields(type: GraphQLObjectType, fields: OutputFields): void {
  const own = type.getFields()
  const added = new GraphQLObjectType({ name: type.name, fields }).getFields()
  for (const [name, field] of Object.entries(added)) own[name] ??= field
}

/** Adds arguments to a field; what is there already stays as it is. */
export function addArguments(field: GraphQLField<unknown, unknown>, args: GraphQLFieldConfigArgumentMap): void {
  const holder = new GraphQLObjectType({ name: 'Holder', fields: { field: { type: GraphQLInt, args } } })
  const added = holder.getFields().field?.args ?? []
  const names = new Set(field.args.map(({ name }) => name))
  field.args = [...field.args, ...added.filter(({ name }) => !names.has(name))]
}
