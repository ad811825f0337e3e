import type { ClientConfig } from 'pg'
import { PorticoError } from '#errors'
import type { RealtimeFront } from '#http'
import type { ChangeSource, Readings, RealtimeOptions, RealtimeSettings } from '#realtime'

/** How Realtime does, with what the changes of tables do. */
export interface RealtimeReadings extends Readings {
  readonly subscriptions: number
  /** Milliseconds that the change that waits the longest has waited. */
  readonly lagMs: number
}

export interface LazyRealtime extends RealtimeFront {
  /** Undefined before it is loaded. */
  readings(): RealtimeReadings | undefined
  /** For live queries; there whether clients may have channels or not. */
  readonly changes: ChangeSource
  close(): Promise<void>
}

export interface LazyRealtimeOptions extends Omit<RealtimeOptions, 'limits' | 'privateOnly'> {
  readonly settings: RealtimeSettings & { readonly privateOnly: boolean }
  /** Who may read the write-ahead log. */
  readonly administrator: ClientConfig
}

/** Milliseconds between two looks for messages that are too old. They are written whether anybody listens or not. */
const forgetEvery = 30 * 60_000

/** Realtime, loaded when somebody first asks for it: whoever does not use it does not pay for it. */
export function lazyRealtime(options: LazyRealtimeOptions): LazyRealtime {
  let loading: ReturnType<typeof start> | undefined
  let running: Awaited<ReturnType<typeof start>> | undefined
  const load = async () => {
    loading ??= start(options)
    running = await loading
    return running
  }
  const forgetting = setInterval(() => {
    import('#realtime')
      .then(({ forgetMessages }) => forgetMessages(options.authenticator))
      .catch((error) => options.observe({ kind: 'message', level: 'warn', text: 'old messages stay', error }))
  }, forgetEvery)
  forgetting.unref()
  return {
    handle: async (...asked) => await (await load()).realtime.handle(...asked),
    upgrade: async (upgrade) => await (await load()).realtime.upgrade(upgrade),
    readings() {
      if (!running) return undefined
      const { realtime, tableChanges, feed } = running
      const lagMs = Math.max(feed.lag(), tableChanges.lag())
      return { ...realtime.readings(), subscriptions: tableChanges.subscriptions, lagMs }
    },
    changes: {
      async watch(...asked) {
        const { changes, FeedUnavailable } = await load()
        return await changes.watch(...asked).catch((cause: unknown) => {
          if (!(cause instanceof FeedUnavailable)) throw new PorticoError('NOT_READY', { cause })
          options.observe({ kind: 'message', level: 'warn', text: cause.message })
          throw new PorticoError('CHANGES_UNKNOWN', { cause })
        })
      },
    },
    async close() {
      clearInterval(forgetting)
      const loaded = await loading
      await loaded?.realtime.close()
      await loaded?.feed.close()
    },
  }
}

async function start(options: LazyRealtimeOptions) {
  const { administrator, authenticator, callers, observe, settings } = options
  const room = await import('#realtime')
  const feed = room.createChangeFeed({ login: administrator, plainLogin: authenticator, observe })
  const tableChanges = room.createTableChanges({ feed, callers, observe })
  const databaseMessages = room.createDatabaseMessages(feed)
  return {
    ...{ feed, tableChanges },
    FeedUnavailable: room.FeedUnavailable,
    changes: room.createChangeSource(feed),
    realtime: room.createRealtime({
      ...options,
      ...{ tableChanges, databaseMessages, limits: room.limitsOf(settings), privateOnly: settings.privateOnly },
    }),
  }
}
