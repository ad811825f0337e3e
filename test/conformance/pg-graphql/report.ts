import { differences } from './differences.ts'
import type { Outcome } from './run-file.ts'

/** Outcomes by the file that asked. */
export type Outcomes = ReadonlyMap<string, readonly Outcome[]>

export interface Verdict {
  readonly asked: number
  readonly same: number
  /** Introspection that lists all that pg_graphql lists, and what Portico adds to it. */
  readonly more: readonly string[]
  /** Calls answered otherwise that no reason is given for. */
  readonly unexplained: readonly string[]
}

export function verdictOf(outcomes: Outcomes): Verdict {
  const calls = [...outcomes].flatMap(([file, own]) =>
    own.map((outcome) => ({ ...outcome, name: `${file}:${outcome.line}` })),
  )
  const explained = new Set(differences.flatMap(({ calls }) => calls))
  const other = calls.filter(({ answers }) => answers !== 'same').filter(({ name }) => !explained.has(name))
  return {
    asked: calls.length,
    same: calls.filter(({ answers }) => answers === 'same').length,
    more: other.filter(({ answers }) => answers === 'more').map(({ name }) => name),
    unexplained: other.filter(({ answers }) => answers === 'other').map(({ name }) => name),
  }
}

/** The page of the documentation. */
export function reportOf(outcomes: Outcomes, version: string): string {
  const { asked, same, more, unexplained } = verdictOf(outcomes)
  const answered = new Map(
    [...outcomes].flatMap(([file, own]) => own.map(({ line, answers }) => [`${file}:${line}`, answers])),
  )
  const rows = differences
    .map(({ reason, calls }) => ({ reason, calls: calls.filter((call) => (answered.get(call) ?? 'same') !== 'same') }))
    .filter(({ calls }) => calls.length > 0)
  return `# Compatibility with pg_graphql

Portico takes the queries of [pg_graphql](https://github.com/supabase/pg_graphql) as they are. pg_graphql's own regress
files are the measure: \`node test/conformance/pg-graphql/run.ts CHECKOUT\` makes their databases, asks Portico over HTTP
everything they ask, and writes this page.

**Of ${asked} calls of pg_graphql ${version}, ${same} are answered alike${
    more.length > 0 ? `, and ${more.length} more with all that pg_graphql lists and what Portico adds` : ''
  }.**

An answer is alike when its \`data\` is the same to the last value; of errors, which fields are refused, not the wording.
The files' transactions are committed, since a server sees nothing else. Portico runs as in production, exposes the schemas
of the file's search path, composes no services (\`enabled = false\` under \`[auth]\`, \`[storage]\` and \`[edge_runtime]\` takes
their fields out of any project's API), and its sessions have the settings that pg_regress gives its own.

## What is different on purpose

${rows.map(({ reason, calls }) => `- ${reason} (${calls.map((call) => `\`${call}\``).join(', ')})`).join('\n')}
${more.length > 0 ? `\n## Where introspection lists more\n\nFilters and orders by related rows, and what else Portico adds: ${more.map((call) => `\`${call}\``).join(', ')}.\n` : ''}${
  unexplained.length > 0
    ? `\n## What is different and should not be\n\n${unexplained.map((call) => `- \`${call}\``).join('\n')}\n`
    : ''
}
## What Portico does beyond

- Introspection is on in development, as long as only this machine can ask; everywhere else a schema's comment opens it, as
  with pg_graphql: \`comment on schema public is '@graphql({"introspection": true})'\`.
- \`[T]\` may stand where a document declares \`[T!]\`, and a single value for a list, as with pg_graphql.
- Errors carry \`extensions.code\` ([errors.md](errors.md)).
`
}
