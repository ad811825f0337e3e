import {
  type ASTNode,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { sourceOf } from '../schema/index.ts'

/**
 * What of a document only code can answer: its fields, and those of tables that lead to them. What a statement has
 * answered is not asked a second time.
 */
export function codeDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const reduced = new Map<string, FragmentDefinitionNode | undefined>()
  const whole = new Map<string, FragmentDefinitionNode>()

  /** What code answers is asked for as it stands, with all the fragments in it. */
  function takeWhole(node: ASTNode): void {
    visit(node, {
      FragmentSpread({ name: { value: name } }) {
        const fragment = fragments.get(name)
        if (!fragment || whole.has(name)) return
        whole.set(name, fragment)
        takeWhole(fragment)
      },
    })
  }

  function reduceFragment(name: string): FragmentDefinitionNode | undefined {
    const fragment = fragments.get(name)
    if (fragment && !reduced.has(name)) {
      const selectionSet = reduce(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
      reduced.set(name, selectionSet && { ...fragment, selectionSet })
    }
    return reduced.get(name)
  }

  function reduce(set: SelectionSetNode, type: GraphQLNamedType | undefined): SelectionSetNode | undefined {
    const selections = set.selections.flatMap((selection) => reduceSelection(selection, type) ?? [])
    return selections.length > 0 ? { ...set, selections } : undefined
  }

  function reduceSelection(selection: SelectionNode, type: GraphQLNamedType | undefined): SelectionNode | undefined {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return reduceFragment(selection.name.value) && selection
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition } = selection
      const selectionSet = reduce(
        selection.selectionSet,
        typeCondition ? schema.getType(typeCondition.name.value) : type,
      )
      return selectionSet && { ...selection, selectionSet }
    }
    if (selection.name.value === '__typename') return undefined
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined
    const source = field && sourceOf(field)
    if (!field || !source || source.kind === 'code') {
      takeWhole(selection)
      return selection
    }
    const selectionSet = selection.selectionSet && reduce(selection.selectionSet, getNamedType(field.type))
    if (!selectionSet) return undefined
    // Its arguments are the statement's; graphql-js looks for those that have to be there.
    const required = new Set(field.args.filter(isRequiredArgument).map(({ name }) => name))
    const given = selection.arguments ?? []
    return { ...selection, selectionSet, arguments: given.filter(({ name }) => required.has(name.value)) }
  }

  const root = schema.getRootType(operation.operation)
  const selectionSet = reduce(operation.selectionSet, root ?? undefined)
  const asked = [
    { ...operation, selectionSet: selectionSet ?? { ...operation.selectionSet, selections: [] } },
    ...new Map([...reduced, ...whole]).values(),
  ].filter((definition) => definition !== undefined)
  const used = variablesOf(asked)
  const definitions = asked.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? {
          ...definition,
          variableDefinitions: definition.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)),
        }
      : definition,
  )
  return { ...document, definitions } as DocumentNode
}

function variablesOf(definitions: readonly DefinitionNode[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const definition of definitions) {
    visit(definition, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void names.add(name.value),
    })
  }
  return names
}
