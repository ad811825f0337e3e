import { GraphQLError } from 'graphql'

/** The operation is valid GraphQL, but asks for what cannot be done; its author is told. */
export function userError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
