import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  isInputType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import { userError, type Variables } from '../plan/index.ts'
import { beginCount, type CoerceValue, coercer, wrong } from './coerce-value.ts'
import { perOperation } from './per-operation.ts'

/** The variables of a request, each as the type takes it that the operation declares for it; or what is wrong with them. */
export type Coerced =
  | { readonly coerced: Variables; readonly errors?: never }
  | { readonly errors: readonly GraphQLError[]; readonly coerced?: never }

/** Coerces all variables of an operation; `wrong` where graphql-js would refuse one of them. */
type Coerce = (given: Variables) => Variables | typeof wrong

/** How many mistakes a client is told of, that may have sent a thousand wrong values. */
const maxErrors = 50

const maxDepth = 200

/**
 * Coerces variables as graphql-js does ("Coercing Variable Values" of the specification). The functions for it are made once an
 * operation, since a mutation's variables may hold a thousand rows. Where something is wrong, graphql-js does it again and says what.
 */
export function createCoerce() {
  const operations = perOperation(({ variableDefinitions: definitions = [] }, schema) => {
    return { definitions, coerce: compile(schema, definitions) }
  })

  return function coerce(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | undefined,
    variables: Variables,
  ): Coerced {
    const { definitions, coerce } = operations(schema, document, operationName) ?? none
    if (definitions.length === 0) return { coerced: nothing }
    if (isDeep(variables, maxDepth)) throw userError(`Variables may be nested ${maxDepth} levels deep.`)
    beginCount()
    const coerced = coerce(variables)
    if (coerced !== wrong) return { coerced }
    const said = getVariableValues(schema, definitions, { ...variables }, { maxErrors })
    if (said.errors) return { errors: said.errors.map(asBadInput) }
    return { coerced: { __proto__: null, ...said.coerced } as Variables }
  }
}

const none = { definitions: [], coerce: () => nothing }

function asBadInput(error: GraphQLError): GraphQLError {
  Object.assign(error.extensions, { code: 'BAD_USER_INPUT' })
  return error
}

/** No prototype: a variable called `constructor` that was not given is not there. */
const nothing: Variables = Object.freeze(Object.create(null) as Variables)

function compile(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): Coerce {
  const types = new Map<GraphQLInputType, CoerceValue>()
  const steps = definitions.map((definition) => {
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) return undefined
    const { defaultValue } = definition
    const value = coercer(type, types)
    const name = definition.variable.name.value
    return { name, required: isNonNullType(type), value, fallback: defaultValue && valueFromAST(defaultValue, type) }
  })
  return (given) => {
    const coerced = Object.create(null) as Record<string, unknown>
    for (const step of steps) {
      if (!step) return wrong
      const { name, required, value, fallback } = step
      const own = Object.hasOwn(given, name) ? given[name] : undefined
      if (own === undefined) {
        if (fallback !== undefined) coerced[name] = fallback
        else if (required) return wrong
        continue
      }
      const result = own === null && !required ? null : value(own)
      if (result === wrong) return wrong
      coerced[name] = result
    }
    return coerced
  }
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // The keys of a list are not asked for: each would be made a text.
  if (Array.isArray(value)) return value.some((item) => isDeep(item, levels - 1))
  for (const key in value) if (isDeep((value as Record<string, unknown>)[key], levels - 1)) return true
  return false
}
