import {
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLObjectType,
} from 'graphql'

export type OutputFields = Readonly<Record<string, GraphQLFieldConfig<unknown, unknown>>>
export type InputFields = Readonly<Record<string, GraphQLInputFieldConfig>>

/** Adds fields to an input type of a finished schema; what is there already stays as it is. */
export function addInputFields(type: GraphQLInputObjectType, fields: InputFields): void {
  const own = type.getFields()
  const added = new GraphQLInputObjectType({ name: type.name, fields }).getFields()
  for (const [name, field] of Object.entries(added)) own[name] ??= field
}

/** Adds fields to an object type of a finished schema; what is there already stays as it is. */
export function addFields(type: GraphQLObjectType, fields: OutputFields): void {
  const own = type.getFields()
  const added = new GraphQLObjectType({ name: type.name, fields }).getFields()
  for (const [name, field] of Object.entries(added)) own[name] ??= field
}

/** Adds arguments to a field of a finished schema; what is there already stays as it is. */
export function addArguments(field: GraphQLField<unknown, unknown>, args: GraphQLFieldConfigArgumentMap): void {
  const holder = new GraphQLObjectType({ name: 'Holder', fields: { field: { type: GraphQLInt, args } } })
  const added = holder.getFields().field?.args ?? []
  const names = new Set(field.args.map(({ name }) => name))
  field.args = [...field.args, ...added.filter(({ name }) => !names.has(name))]
}
