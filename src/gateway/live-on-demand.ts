import type { Live, LiveOptions, LiveReadings } from './live/index.ts'

/** Subscriptions, loaded with the first one: who has none pays neither time nor memory for them. */
export interface LiveOnDemand {
  start(): Promise<Live>
  /** Undefined before there is a subscription. */
  readings(): LiveReadings | undefined
  /** Ends all subscriptions, if there ever was one. */
  close(): Promise<void>
}

export function createLiveOnDemand(options: LiveOptions): LiveOnDemand {
  let starting: Promise<Live> | undefined
  let started: Live | undefined

  async function load(): Promise<Live> {
    const { createLive } = await import('./live/index.ts')
    started = createLive(options)
    return started
  }

  return {
    start() {
      starting ??= load()
      return starting
    },
    readings: () => started?.readings(),
    close: async () => await (await starting)?.close(),
  }
}
