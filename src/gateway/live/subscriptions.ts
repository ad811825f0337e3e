import { createHash } from 'node:crypto'
import { GraphQLError, subscribe } from 'graphql'
import type { GraphqlConfig } from '#config'
import { PorticoError } from '#errors'
import type { RequestContext } from '../context.ts'
import { withoutSuggestion } from '../plugins/index.ts'
import type { createCoerce, createPreparer, Operation } from '../run/index.ts'
import { clientOf } from './client-of.ts'
import { codeEvents } from './code-events.ts'
import { liveRequest } from './custom-headers.ts'
import { type FollowOptions, follow, type LooksAt } from './followed.ts'
import { createLiveQuery, type LiveQuery } from './live-query.ts'
import { createQuota } from './quota.ts'
import { createTurns } from './turns.ts'

/** The events of one subscription, each a result as JSON in one line. */
export interface Events {
  next(): Promise<IteratorResult<Buffer>>
  return(): Promise<unknown>
}

export type Subscribed =
  | { readonly events: Events; readonly errors?: never }
  | { readonly errors: readonly GraphQLError[]; readonly events?: never }

export interface Subscriptions {
  /** @param operation a valid one, whose kind is subscription */
  open(operation: Operation, context: RequestContext): Promise<Subscribed>
  /** Runs all live queries again: after a change of the schema they may answer differently though no row has changed. */
  wake(): void
  readings(): SubscriptionReadings
}

export interface SubscriptionReadings {
  /** Open subscriptions. */
  readonly subscriptions: number
  /** Queries that are run for them: equal subscriptions share one. */
  readonly queries: number
  /** Queries that wait for their turn. */
  readonly waiting: number
  /** Runs so far. */
  readonly runs: number
}

export interface SubscriptionsOptions extends Omit<FollowOptions, 'looksAt' | 'maxSize'> {
  readonly settings: GraphqlConfig
  readonly coerce: ReturnType<typeof createCoerce>
  readonly prepare: ReturnType<typeof createPreparer>
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { settings, coerce, prepare, contextOf, tell } = options
  const interval = settings.subscriptionInterval * 1000
  const turns = { prepare: createTurns(8), ask: createTurns(settings.maxSubscriptionRuns) }
  const quota = createQuota({ ofAll: settings.maxSubscriptions, ofOne: settings.maxSubscriptionsPerClient })
  const queries = new Map<string, LiveQuery>()
  let runs = 0

  function looksAt({ schema, document, operationName, variables }: Operation): LooksAt & { live?: boolean } {
    try {
      const { coerced, errors } = coerce(schema, document, operationName, variables)
      if (errors) return { errors: settings.introspection ? errors : errors.map(withoutSuggestion) }
      const { keys, mixed, tables } = prepare(schema, document, operationName, coerced) ?? nothing
      if (keys.length === 0 && !mixed) return { errors: [new GraphQLError('The subscription selects no field.')] }
      return { tables, live: keys.length > 0 }
    } catch (error) {
      return { errors: [tell(error)] }
    }
  }

  function join(operation: Operation, asked: RequestContext): Events {
    const context = { ...asked, requestInfo: liveRequest(asked.requestInfo) }
    const key = keyOf(operation, context)
    const known = queries.get(key)
    const client = clientOf(asked)
    if (known) return known.join(client)
    const followed = follow(operation, context, () => query.changed(), {
      ...options,
      looksAt,
      maxSize: settings.maxSubscriptionSize,
    })
    const { prepare } = followed
    const ask = (signal: AbortSignal) => {
      runs++
      return followed.ask(signal)
    }
    const left = () => {
      followed.close()
      queries.delete(key)
    }
    const query = createLiveQuery({ prepare, ask, turns, interval, left })
    queries.set(key, query)
    return query.join(client)
  }

  /** A field of the project's own tells of its events itself. */
  async function subscribeToCode(operation: Operation, context: RequestContext): Promise<Subscribed> {
    const { schema, document, operationName, variables } = operation
    const given = { schema, document, variableValues: variables, contextValue: contextOf(context) }
    const result = await subscribe({ ...given, ...(operationName !== undefined && { operationName }) })
    if (!(Symbol.asyncIterator in result)) return { errors: (result.errors ?? []).map(tell) }
    return { events: codeEvents(result, tell) }
  }

  return {
    async open(operation, context) {
      const { live, errors } = looksAt(operation)
      if (errors) return { errors }
      const give = quota.take(clientOf(context))
      if (!give) return { errors: [tell(new PorticoError('TOO_MANY_SUBSCRIPTIONS'))] }
      try {
        const { events, errors } = live
          ? { events: join(operation, context) }
          : await subscribeToCode(operation, context)
        if (events) return { events: endingWith(events, give) }
        give()
        return { errors }
      } catch (error) {
        give()
        return { errors: [tell(error)] }
      }
    },
    wake() {
      for (const query of queries.values()) query.changed()
    },
    readings: () => ({ subscriptions: quota.taken, queries: queries.size, waiting: turns.ask.waiting, runs }),
  }
}

const nothing = { keys: [], mixed: false, tables: new Set<never>() }

/** Subscriptions with the same key share one live query: same caller, same headers, same operation. */
function keyOf({ document, operationName, variables }: Operation, { caller, requestInfo }: RequestContext): string {
  const { role, claims } = caller
  const text = document.loc?.source.body
  const parts = [role, claims, requestInfo.path, requestInfo.headers, text, operationName, variables]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

/** Calls `end` once, when the events are over or their reader has gone. */
function endingWith(events: Events, end: () => void): Events {
  return {
    async next() {
      const result = await events.next()
      if (result.done) end()
      return result
    },
    return() {
      end()
      return events.return()
    },
  }
}
