import { GraphQLError } from 'graphql'

type Text = string | null | undefined

/** The one of the two that was given, as the client's functions take it. */
export function identifier(email: Text, phone: Text): { email: string } | { phone: string } {
  if (email != null && phone == null) return { email }
  if (phone != null && email == null) return { phone }
  throw badInput('Give either `email` or `phone`.')
}

/** JSON scalars arrive as text. */
export function objectOf(json: unknown, name = 'data'): object {
  const value: unknown = json == null ? {} : JSON.parse(String(json))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw badInput(`\`${name}\` takes a JSON object.`)
}

export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
