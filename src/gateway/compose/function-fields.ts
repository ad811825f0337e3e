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
      },
      async resolve(_root, { name, body }, { invoke }) {
        const answer = await invoke(name, body == null ? undefined : JSON.parse(String(body)))
        return JSON.stringify(answer ?? null)
      },
    }),
  )
}
