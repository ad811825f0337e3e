import type { ClientConfig } from 'pg'
import { PorticoError } from '#errors'
import type { RealtimeFront } from '#http'
import type { ChangeSource, RealtimeOptions } from '#realtime'

export interface LazyRealtime extends RealtimeFront {
  /** For live queries; there whether clients may have channels or not. */
  readonly changes: ChangeSource
  close(): Promise<void>
}

export interface LazyRealtimeOptions extends RealtimeOptions {
  /** Who may read the write-ahead log. */
  readonly administrator: ClientConfig
}

/** Milliseconds between two looks for messages that are too old. They are written whether anybody listens or not. */
const forgetEvery = 30 * 60_000

/** Realtime, loaded when somebody first asks for it: whoever does not use it does not pay for it. */
export function lazyRealtime(options: LazyRealtimeOptions): LazyRealtime {
  let loading: ReturnType<typeof start> | undefined
  const load = () => {
    loading ??= start(options)
    return loading
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
  const { administrator, authenticator, callers, observe } = options
  const room = await import('#realtime')
  const feed = room.createChangeFeed({ login: administrator, plainLogin: authenticator, observe })
  const tableChanges = room.createTableChanges({ feed, callers, observe })
  const databaseMessages = room.createDatabaseMessages(feed)
  return {
    feed,
    FeedUnavailable: room.FeedUnavailable,
    changes: room.createChangeSource(feed),
    realtime: room.createRealtime({ ...options, tableChanges, databaseMessages }),
  }
}
