import { type GraphQLInputType, getNullableType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import { boundConditions } from '../plan/index.ts'

export const wrong = Symbol('wrong')

/** Of the filters in the variables that are coerced now: too many are refused before they are looked at any closer. */
let conditions = 0

/** Begins to count conditions anew, for the variables of another operation. Those are coerced in one go. */
export function beginCount(): void {
  conditions = 0
}

/** Whether a type is a list of another. A filter has such fields of its own type (`and`, `or`); an input type of rows has none. */
function isListOf(type: GraphQLInputType, item: GraphQLInputType): boolean {
  const list = getNullableType(type)
  return isListType(list) && getNullableType(list.ofType) === item
}

/** A value as its type takes it; {@link wrong} where graphql-js would refuse it. */
export type CoerceValue = (value: unknown) => unknown

/**
 * Makes the function that coerces values of a type as graphql-js does.
 *
 * @param known functions by type; one is known before it is complete, since input objects refer to themselves
 */
export function coercer(type: GraphQLInputType, known: Map<GraphQLInputType, CoerceValue>): CoerceValue {
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
