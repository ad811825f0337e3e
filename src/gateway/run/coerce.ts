import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getVariableValues,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import { boundConditions, userError, type Variables } from '../plan/index.ts'
import { perOperation } from './per-operation.ts'

/** Variables by the types that the operation declares for them, or what is wrong with them. */
export type Coerced =
  | { readonly coerced: Variables; readonly errors?: never }
  | { readonly errors: readonly GraphQLError[]; readonly coerced?: never }

/** Every variable of the operation, from what a request gave; `wrong` where graphql-js would refuse something. */
type Coerce = (given: Variables) => Variables | typeof wrong

const wrong = Symbol('wrong')

/** A client that sends a thousand wrong values is told of some. */
const maxErrors = 50

const maxDepth = 200

/**
 * Coerces as graphql-js does ("Coercing Variable Values"), by functions made once an operation, since a mutation's
 * variables may hold a thousand rows. Whatever is wrong, graphql-js then looks at and says.
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
    conditions = 0
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

/** What was not given is not there, whatever its name. */
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

/** Of the filters in the variables that are coerced now: too many are refused before they are looked at any closer. */
let conditions = 0

/** Filters are made of lists of themselves; rows are not. */
function isListOf(type: GraphQLInputType, item: GraphQLInputType): boolean {
  const list = getNullableType(type)
  return isListType(list) && getNullableType(list.ofType) === item
}

type CoerceValue = (value: unknown) => unknown

/** By type, known before it is complete: input objects refer to themselves. */
function coercer(type: GraphQLInputType, known: Map<GraphQLInputType, CoerceValue>): CoerceValue {
  const made = known.get(type)
  if (made) return made
  let coerce: CoerceValue = () => wrong
  known.set(type, (value) => coerce(value))
  if (isNonNullType(type)) {
    const inner = coercer(type.ofType, known)
    coerce = (value) => (value === null || value === undefined ? wrong : inner(value))
  } else if (isListType(type)) {
    const item = coercer(type.ofType, known)
    coerce = (value) => {
      if (value === null || value === undefined) return null
      if (!Array.isArray(value)) {
        const only = item(value)
        return only === wrong ? wrong : [only]
      }
      const items = new Array<unknown>(value.length)
      for (let i = 0; i < value.length; i++) {
        items[i] = item(value[i])
        if (items[i] === wrong) return wrong
      }
      return items
    }
  } else if (isInputObjectType(type)) {
    // One of several: graphql-js knows the rules.
    if (type.isOneOf) return coerce
    const isFilter = Object.values(type.getFields()).some((field) => isListOf(field.type, type))
    const fields = Object.values(type.getFields()).map(({ name, type, defaultValue }) => {
      return { name, required: isNonNullType(type), value: coercer(type, known), fallback: defaultValue }
    })
    coerce = (value) => {
      if (value === null || value === undefined) return null
      if (typeof value !== 'object' || Array.isArray(value)) return wrong
      if (isFilter) boundConditions(++conditions)
      const coerced: Record<string, unknown> = {}
      let given = 0
      for (const { name, required, value: coerceField, fallback } of fields) {
        const own = (value as Record<string, unknown>)[name]
        if (own === undefined) {
          if (fallback !== undefined) coerced[name] = fallback
          else if (required) return wrong
          if (Object.hasOwn(value, name)) given++
          continue
        }
        given++
        const result = coerceField(own)
        if (result === wrong) return wrong
        coerced[name] = result
      }
      return given === Object.keys(value).length ? coerced : wrong
    }
  } else {
    coerce = (value) => {
      if (value === null || value === undefined) return null
      try {
        return type.parseValue(value) ?? wrong
      } catch {
        return wrong
      }
    }
  }
  return coerce
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // The keys of a list are not asked for: each would be made a text.
  if (Array.isArray(value)) return value.some((item) => isDeep(item, levels - 1))
  for (const key in value) if (isDeep((value as Record<string, unknown>)[key], levels - 1)) return true
  return false
}
