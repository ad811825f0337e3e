import type { RealtimeFront } from '#http'
import type { ChangeSource, RealtimeOptions } from '#realtime'

export interface LazyRealtime extends RealtimeFront {
  /** For live queries; there whether clients may have channels or not. */
  readonly changes: ChangeSource
  close(): Promise<void>
}

/** Realtime, loaded when somebody first asks for it: whoever does not use it does not pay for it. */
export function lazyRealtime(options: RealtimeOptions): LazyRealtime {
  let loading: ReturnType<typeof start> | undefined
  const load = () => {
    loading ??= start(options)
    return loading
  }
  return {
    handle: async (...asked) => await (await load()).realtime.handle(...asked),
    upgrade: async (upgrade) => await (await load()).realtime.upgrade(upgrade),
    changes: { watch: async (...asked) => await (await load()).changes.watch(...asked) },
    async close() {
      const loaded = await loading
      await loaded?.realtime.close()
      await loaded?.feed.close()
    },
  }
}

async function start(options: RealtimeOptions) {
  const { createChangeFeed, createChangeSource, createRealtime } = await import('#realtime')
  const feed = createChangeFeed({ login: options.administrator, observe: options.observe })
  return { feed, changes: createChangeSource(feed), realtime: createRealtime(options) }
}
