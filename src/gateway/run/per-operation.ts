import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql'

type ByName<Made> = Map<string | undefined, Made>

/**
 * Keeps what is made once for each operation of a document under a schema, for as long as both are there. A name that no
 * operation has makes nothing: anyone may think up names.
 */
export function perOperation<Made extends object>(
  make: (operation: OperationDefinitionNode, schema: GraphQLSchema) => Made,
) {
  const kept = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, ByName<Made>>>()

  return function of(schema: GraphQLSchema, document: DocumentNode, name: string | undefined): Made | undefined {
    const known = kept.get(schema)?.get(document)?.get(name)
    if (known) return known
    const operation = getOperationAST(document, name)
    if (!operation) return undefined
    const made = make(operation, schema)
    const byDocument = kept.get(schema) ?? new WeakMap<DocumentNode, ByName<Made>>()
    const byName = byDocument.get(document) ?? new Map<string | undefined, Made>()
    kept.set(schema, byDocument.set(document, byName.set(name, made)))
    return made
  }
}
