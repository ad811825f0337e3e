import {
  type ASTVisitor,
  GraphQLError,
  type GraphQLType,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  Kind,
  typeFromAST,
  type ValidationContext,
  type ValidationRule,
  VariablesInAllowedPositionRule,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * Lets a variable stand where GraphQL's letter is stricter than its values: `[T]` for `[T!]`, and `T` for a list of one.
 * pg_graphql does, so documents in use declare their variables that way. Values are coerced all the same.
 */
export function useLenientVariables(): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn(((schema: unknown, document: unknown, rules: readonly ValidationRule[], ...rest: unknown[]) => {
        const own = rules.map((rule) => (rule === VariablesInAllowedPositionRule ? lenientRule : rule))
        return (validateFn as (...args: unknown[]) => unknown)(schema, document, own, ...rest)
      }) as typeof validateFn)
    },
  }
}

function lenientRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition: {
      leave(operation) {
        for (const { node, type: position, defaultValue } of context.getRecursiveVariableUsages(operation)) {
          const definition = operation.variableDefinitions?.find(
            ({ variable }) => variable.name.value === node.name.value,
          )
          const type = definition && typeFromAST(context.getSchema(), definition.type)
          if (!definition || !type || !position) continue
          const filled =
            isNonNullType(type) ||
            defaultValue !== undefined ||
            (definition.defaultValue && definition.defaultValue.kind !== Kind.NULL)
          const fits = getNamedType(type) === getNamedType(position) && listDepth(type) <= listDepth(position)
          if (fits && (filled || !isNonNullType(position))) continue
          const message = `Variable "$${node.name.value}" of type "${type}" used in position expecting type "${position}".`
          context.reportError(new GraphQLError(message, { nodes: [definition, node] }))
        }
      },
    },
  }
}

function listDepth(type: GraphQLType): number {
  const nullable = getNullableType(type)
  return isListType(nullable) ? 1 + listDepth(nullable.ofType) : 0
}
