import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  Kind,
  type TypeNode,
  visit,
} from 'graphql'

/**
 * Runs an operation of a schema that introspection sees a part of: `__schema` and `__type` are asked of that part,
 * everything else of the whole.
 */
export async function executeIntrospecting(args: ExecutionArgs, visible: GraphQLSchema): Promise<ExecutionResult> {
  const { schema, document } = args
  if (visible === schema || !/__(schema|type)\b/.test(document.loc?.source.body ?? '')) return await execute(args)
  const [own, told] = await Promise.all([
    execute({ ...args, document: withoutIntrospection(document) }),
    execute({ ...args, schema: visible, document: introspectionOnly(document, visible), rootValue: {} }),
  ])
  const errors = [...(own.errors ?? []), ...(told.errors ?? [])]
  const data = own.data && told.data ? { ...told.data, ...own.data } : null
  return { data, ...(errors.length > 0 && { errors }) }
}

function isIntrospection({ name }: { readonly name: { readonly value: string } }): boolean {
  return name.value === '__schema' || name.value === '__type'
}

function withoutIntrospection(document: DocumentNode): DocumentNode {
  return visit(document, { Field: (field) => (isIntrospection(field) ? null : undefined) })
}

function introspectionOnly(document: DocumentNode, visible: GraphQLSchema): DocumentNode {
  return visit(document, {
    Field: (field) => (isIntrospection(field) ? false : null),
    // What is said of the introspection types themselves stays whole.
    FragmentDefinition: ({ typeCondition }) => (typeCondition.name.value.startsWith('__') ? false : undefined),
    // Types that are hidden declare variables that nothing is left to use.
    VariableDefinition: ({ type }) => (visible.getType(nameOf(type)) ? false : null),
  })
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type)
}
