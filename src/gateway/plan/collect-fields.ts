import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Scope } from './scope.ts'

/** Fields by response key, merged and in order, as "CollectFields" of the GraphQL specification (6.3.2). */
export function collectFields(
  type: GraphQLObjectType,
  selectionSets: readonly (SelectionSetNode | undefined)[],
  scope: Scope,
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()

  function collect(selectionSet: SelectionSetNode): void {
    for (const selection of selectionSet.selections) {
      if (!isIncluded(selection, scope)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const nodes = fields.get(key)
        if (nodes) nodes.push(selection)
        else fields.set(key, [selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value, type, scope)) collect(selection.selectionSet)
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value)
        const fragment: FragmentDefinitionNode | undefined = scope.fragments.get(selection.name.value)
        if (fragment && applies(fragment.typeCondition.name.value, type, scope)) collect(fragment.selectionSet)
      }
    }
  }

  for (const selectionSet of selectionSets) if (selectionSet) collect(selectionSet)
  return fields
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: Scope): boolean {
  if (condition === undefined || condition === type.name) return true
  const abstract = schema.getType(condition)
  return isAbstractType(abstract) && schema.isSubType(abstract, type)
}

function isIncluded(node: Parameters<typeof getDirectiveValues>[1], scope: Scope): boolean {
  const condition = (directive: typeof GraphQLSkipDirective): boolean | undefined => {
    const own = node.directives?.find(({ name }) => name.value === directive.name)
    const argument = own?.arguments?.[0]?.value
    if (argument?.kind === Kind.VARIABLE) scope.shapedBy.set(argument.name.value, [argument.name.value])
    return own && (getDirectiveValues(directive, node, { ...scope.variables })?.if as boolean)
  }
  return condition(GraphQLSkipDirective) !== true && condition(GraphQLIncludeDirective) !== false
}
