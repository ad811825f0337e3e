import {
  FunctionsFetchError,
  FunctionsHttpError,
  FunctionsRelayError,
  type SupabaseClient,
} from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'

export interface InvokeFunctionOptions {
  /** Further headers of the request. The caller's token goes along, and can be replaced by none. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Invokes an edge function as the client's caller. An answer that is no success becomes a GraphQL error with the
 * function's status, its own `code` and, where its body has one, its own message.
 */
export async function invokeFunction(
  supabase: SupabaseClient,
  name: string,
  body?: unknown,
  { headers = {} }: InvokeFunctionOptions = {},
): Promise<unknown> {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    throw new GraphQLError(`${JSON.stringify(name.slice(0, 60))} is not a function's name.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  const options = body === undefined ? {} : { body: body as Record<string, unknown> }
  const { data, error } = await supabase.functions.invoke<unknown>(name, { ...options, headers: { ...headers } })
  if (!error) return data
  if (error instanceof FunctionsHttpError || error instanceof FunctionsRelayError) {
    const response = error.context as Response
    const { message, code } = await toldBy(response)
    throw new GraphQLError(message ?? `The function ${name} answered ${response.status}.`, {
      extensions: { code: code ?? 'FUNCTION_ERROR', status: response.status },
    })
  }
  const code = error instanceof FunctionsFetchError ? 'NOT_READY' : 'FUNCTION_ERROR'
  throw new GraphQLError(`The function ${name} could not be invoked.`, { extensions: { code } })
}

/** What an error response says of itself: `{ message, code }`, `{ error, code }`, `{ error: { message, code } }` or `{ msg }`. */
async function toldBy(response: Response): Promise<{ message: string | undefined; code: string | undefined }> {
  const answer = objectOf(await response.json().catch(() => ({})))
  const inner = objectOf(answer.error)
  const text = (...candidates: unknown[]) => candidates.find((each) => typeof each === 'string') as string | undefined
  return {
    message: text(answer.message, answer.error, inner.message, answer.msg),
    code: text(answer.code, inner.code),
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
