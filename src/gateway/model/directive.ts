import { z } from 'zod'

const names = { name: z.string().optional(), description: z.string().optional() }

/** What a comment may say to the GraphQL API, as pg_graphql's `@graphql({…})` ("Configuration" in its docs). */
const directive = z.looseObject({
  ...names,
  inflect_names: z.boolean().optional(),
  introspection: z.boolean().optional(),
  max_rows: z.number().int().positive().optional(),
  totalCount: z.object({ enabled: z.boolean() }).optional(),
  aggregate: z.object({ enabled: z.boolean() }).optional(),
  primary_key_columns: z.array(z.string()).optional(),
  foreign_keys: z
    .array(
      z.object({
        local_name: z.string().optional(),
        local_columns: z.array(z.string()),
        foreign_name: z.string().optional(),
        foreign_schema: z.string(),
        foreign_table: z.string(),
        foreign_columns: z.array(z.string()),
      }),
    )
    .optional(),
  local_name: z.string().optional(),
  foreign_name: z.string().optional(),
  mappings: z.record(z.string(), z.string()).optional(),
})

export type Directive = z.infer<typeof directive>

export interface Comment {
  readonly directive: Directive
  readonly description: string | undefined
}

/** Splits a comment into its directive and the prose around it. A directive that cannot be read counts as prose. */
export function readComment(comment: string | null): Comment {
  if (!comment) return { directive: {}, description: undefined }
  const start = comment.indexOf('@graphql(')
  const json = start < 0 ? undefined : leadingJson(comment.slice(start + '@graphql('.length))
  const parsed = directive.safeParse(json?.value)
  if (!json || !parsed.success) return { directive: {}, description: comment.trim() || undefined }
  const prose = (comment.slice(0, start) + json.rest).trim()
  return { directive: parsed.data, description: parsed.data.description ?? (prose || undefined) }
}

/** The JSON before a closing parenthesis; both the JSON and the prose behind it may hold others. */
function leadingJson(text: string): { value: unknown; rest: string } | undefined {
  for (let end = text.indexOf(')'); end >= 0; end = text.indexOf(')', end + 1)) {
    try {
      return { value: JSON.parse(text.slice(0, end)), rest: text.slice(end + 1) }
    } catch {}
  }
  return undefined
}

/** Whether a database schema's comment lets introspection see it; undefined where it does not say. */
export function introspects({ comment }: { readonly comment: string | null }): boolean | undefined {
  return readComment(comment).directive.introspection
}
