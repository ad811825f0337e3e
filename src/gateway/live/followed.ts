import type { GraphQLError, GraphQLSchema } from 'graphql'
import { bufferOf, type CatalogWatch, type Table } from '#database'
import { PorticoError } from '#errors'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { Opened } from '../pipeline.ts'
import { dataOpens, type Executor, type Operation, type TellError } from '../run/index.ts'
import type { ChangeSource } from './change-source.ts'
import { eventOf } from './event.ts'
import type { Outcome } from './live-query.ts'

export interface FollowOptions {
  readonly catalog: Pick<CatalogWatch, 'refresh' | 'tablesBehind'>
  readonly schemaOf: (role: string) => Promise<GraphQLSchema>
  /** Parses and validates, by all the rules there are. */
  readonly open: (schema: GraphQLSchema, text: string) => Opened
  readonly looksAt: (operation: Operation) => LooksAt
  readonly executor: Executor
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
  readonly changes: ChangeSource | undefined
  /** Bytes of an answer. */
  readonly maxSize: number
}

/** What an operation looks at, or why it cannot run. */
export type LooksAt =
  | { readonly tables: ReadonlySet<Table>; readonly errors?: never }
  | { readonly errors: readonly GraphQLError[]; readonly tables?: never }

/** An operation that is run again and again. When the schema changes meanwhile, it is validated and planned anew. */
export interface Followed {
  /** Plans it under the current schema, and watches the tables it reads. An outcome instead, where it cannot be run. */
  prepare(): Promise<Outcome | undefined>
  /** Runs it once. */
  ask(signal: AbortSignal): Promise<Outcome>
  /** Watches nothing any more. */
  close(): void
}

/** @param onChange called when a table that it reads has changed */
export function follow(
  asked: Operation,
  context: RequestContext,
  onChange: () => void,
  options: FollowOptions,
): Followed {
  const { catalog, schemaOf, open, looksAt, executor, contextOf, tell, changes, maxSize } = options
  const { role } = context.caller
  let operation = asked
  let planned: GraphQLSchema | undefined
  let unwatch: (() => void) | undefined
  let closed = false

  /** The operation under a schema, watched. */
  async function plan(schema: GraphQLSchema): Promise<readonly GraphQLError[] | undefined> {
    const opened = open(schema, asked.document.loc?.source.body ?? '')
    if (opened.errors) return opened.errors
    const next = { ...asked, schema, document: opened.document }
    const { tables, errors } = looksAt(next)
    if (errors) return errors
    const ended = unwatch
    const watching = await watch(tables)
    ended?.()
    if (closed) watching?.()
    else unwatch = watching
    operation = next
    planned = schema
    return undefined
  }

  async function watch(tables: ReadonlySet<Table>): Promise<(() => void) | undefined> {
    if (tables.size === 0) return undefined
    if (!changes) throw new PorticoError('CHANGES_UNKNOWN')
    const behind = await catalog.tablesBehind([...tables].map(({ oid }) => oid))
    if (behind.every(({ ofPolicies }) => ofPolicies)) throw new PorticoError('CHANGES_UNKNOWN')
    return await changes.watch(behind, onChange)
  }

  function failed(errors: readonly GraphQLError[], kind: 'over' | 'failed' = 'over'): Outcome {
    const unready = errors.some(({ extensions }) => extensions.code === 'NOT_READY')
    return { kind: unready ? 'unready' : kind, answer: eventOf({ errors }) }
  }

  async function answered(signal: AbortSignal): Promise<Outcome> {
    const bytes = await executor.executeWhole(operation, context, { signal })
    if (!bytes) {
      const { errors, ...result } = await executor.executeMixed(operation, contextOf(context), signal)
      const answer = eventOf({ ...(errors && { errors: errors.map(tell) }), ...result })
      return outcomeOf(result.data ? 'answer' : 'failed', answer)
    }
    const kind = bytes.pieces[0] === dataOpens ? 'answer' : 'failed'
    const answer = bufferOf(bytes)
    bytes.release()
    return outcomeOf(kind, oneLine(answer))
  }

  function outcomeOf(kind: 'answer' | 'failed', answer: Buffer): Outcome {
    if (answer.length > maxSize) return failed([tooLarge(answer.length, maxSize)].map(tell), 'failed')
    if (kind === 'answer') return { kind, answer }
    return { kind: codeIn(answer) === 'NOT_READY' ? 'unready' : kind, answer }
  }

  return {
    async prepare() {
      try {
        const schema = await schemaOf(role)
        const errors = schema === planned ? undefined : await plan(schema)
        return errors && failed(errors)
      } catch (error) {
        return failed([tell(error)])
      }
    },
    async ask(signal) {
      const outcome = await answered(signal).catch((error) => failed([tell(error)], 'failed'))
      if (outcome.kind !== 'failed') return outcome
      // What failed may have asked for something that is gone by now.
      await catalog.refresh().catch(() => {})
      const schema = await schemaOf(role).catch(() => planned)
      return schema === planned ? outcome : { kind: 'stale' }
    },
    close() {
      closed = true
      unwatch?.()
    },
  }
}

function tooLarge(size: number, most: number): PorticoError {
  const message = `The answer has ${size} bytes; an event may have ${most}. Ask for smaller pages.`
  return new PorticoError('OPERATION_TOO_COMPLEX', { message })
}

/** An event is one line. Line breaks between JSON's tokens are white space, and a `json` column keeps those it was written with. */
function oneLine(json: Buffer): Buffer {
  for (const character of [10, 13]) {
    for (let at = json.indexOf(character); at >= 0; at = json.indexOf(character, at + 1)) json[at] = 32
  }
  return json
}

function codeIn(answer: Buffer): unknown {
  const { errors = [] } = JSON.parse(String(answer)) as { errors?: { extensions?: { code?: unknown } }[] }
  return errors[0]?.extensions?.code
}
