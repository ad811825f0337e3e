import {
  FunctionsFetchError,
  FunctionsHttpError,
  FunctionsRelayError,
  type SupabaseClient,
} from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'

/**
 * Invokes an edge function as the client's caller. An answer that is no success becomes a GraphQL error with the
 * function's status, its own `code` and, where its body has one, its own message.
 */
export async function invokeFunction(supabase: SupabaseClient, name: string, body?: unknown): Promise<unknown> {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    throw new GraphQLError(`${JSON.stringify(name.slice(0, 60))} is not a function's name.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  const options = body === undefined ? {} : { body: body as Record<string, unknown> }
  const { data, error } = await supabase.functions.invoke<unknown>(name, options)
  if (!error) return data
  if (error instanceof FunctionsHttpError || error instanceof FunctionsRelayError) {
    const response = error.context as Response
    const answer = (await response.json().catch(() => ({}))) as {
      message?: unknown
      error?: unknown
      msg?: unknown
      code?: unknown
    }
    const message = [answer.message, answer.error, answer.msg].find((text) => typeof text === 'string')
    throw new GraphQLError((message as string | undefined) ?? `The function ${name} answered ${response.status}.`, {
      extensions: { code: typeof answer.code === 'string' ? answer.code : 'FUNCTION_ERROR', status: response.status },
    })
  }
  const code = error instanceof FunctionsFetchError ? 'NOT_READY' : 'FUNCTION_ERROR'
  throw new GraphQLError(`The function ${name} could not be invoked.`, { extensions: { code } })
}
