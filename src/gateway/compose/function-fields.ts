import { GraphQLError } from 'graphql'
import type { SchemaBuilder } from '../schema/index.ts'

/** Any edge function that the caller may invoke, as a mutation. */
export function addFunctionFields(builder: SchemaBuilder): void {
  builder.mutationField('invokeFunction', (t) =>
    t.field({
      type: 'JSON',
      description: 'Invokes an edge function with a JSON body; its JSON (or text) answer, as JSON',
      args: {
        name: t.arg.string({ required: true }),
        body: t.arg({ type: 'JSON' }),
        headers: t.arg({ type: 'JSON', description: 'Further headers of the request, by name' }),
      },
      async resolve(_root, { name, body, headers }, { invoke }) {
        const options = headers == null ? {} : { headers: headersOf(String(headers)) }
        const answer = await invoke(name, body == null ? undefined : JSON.parse(String(body)), options)
        return JSON.stringify(answer ?? null)
      },
    }),
  )
}

/** Headers that say who asks and from where, and ones that belong to the connection. */
const ours =
  /^(authorization|apikey|forwarded|x-forwarded-.*|x-real-ip|x-client-info|sb-.*|host|connection|content-length|expect|te|trailer|transfer-encoding|upgrade)$/i

function headersOf(json: string): Record<string, string> {
  const headers: unknown = JSON.parse(json)
  const isObject = typeof headers === 'object' && headers !== null && !Array.isArray(headers)
  const entries: [string, unknown][] = isObject ? Object.entries(headers) : [['', undefined]]
  const fit = ([name, value]: [string, unknown]) =>
    /^[!#$%&'*+.^_`|~\w-]{1,200}$/.test(name) &&
    !ours.test(name) &&
    typeof value === 'string' &&
    /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
  if (entries.every(fit)) return headers as Record<string, string>
  throw new GraphQLError(
    '`headers` takes an object of header names and texts; the token and the connection are not its.',
    {
      extensions: { code: 'BAD_USER_INPUT' },
    },
  )
}
