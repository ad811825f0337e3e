import type { RealtimeFront } from '#http'
import type { Realtime, RealtimeOptions } from '#realtime'

export interface LazyRealtime extends RealtimeFront {
  close(): Promise<void>
}

/** Realtime, loaded when somebody first asks for it: whoever does not use it does not pay for it. */
export function lazyRealtime(options: RealtimeOptions): LazyRealtime {
  let loading: Promise<Realtime> | undefined
  const load = () => {
    loading ??= import('#realtime').then(({ createRealtime }) => createRealtime(options))
    return loading
  }
  return {
    handle: async (...asked) => await (await load()).handle(...asked),
    upgrade: async (upgrade) => await (await load()).upgrade(upgrade),
    close: async () => await (await loading)?.close(),
  }
}
