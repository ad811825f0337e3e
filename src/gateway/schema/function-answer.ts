import { GraphQLError } from 'graphql'

/** An answer as a field of this type takes it: JSON scalars are text. */
export function fieldValue(answer: unknown, type: unknown, called: string): unknown {
  if (answer === null || answer === undefined) return null
  if (Array.isArray(type)) {
    if (!Array.isArray(answer)) throw unfit(called, 'a list')
    return answer.map((item) => fieldValue(item, type[0], called))
  }
  if (type === 'JSON') return JSON.stringify(answer)
  if (typeof type !== 'string' && isObjectType(type) && typeof answer !== 'object') throw unfit(called, 'an object')
  return answer
}

function isObjectType(type: unknown): boolean {
  return (type as { readonly kind?: unknown }).kind === 'Object'
}

/** The error that a function answered in place of a value: `{ "error": { "message": "…", "code": "…" } }`. */
export function failureOf(answer: unknown): GraphQLError | undefined {
  if (typeof answer !== 'object' || answer === null || Object.keys(answer).join() !== 'error') return undefined
  const { error } = answer as { error: unknown }
  const { message, code } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  return new GraphQLError(String(message ?? error), {
    extensions: { code: typeof code === 'string' ? code : 'FUNCTION_ERROR' },
  })
}

/** @param expected what the function was to answer */
export function unfit(called: string, expected: string): GraphQLError {
  return new GraphQLError(`The function ${called} did not answer ${expected}.`, {
    extensions: { code: 'FUNCTION_ERROR' },
  })
}
