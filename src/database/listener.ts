import pg from 'pg'
import { heldOpen } from './connections.ts'
import { isPooled } from './pooled.ts'

/** One connection that hears notifications (`NOTIFY`) for whoever in this process waits for some. */
export interface Listener {
  /**
   * Has `heard` called with each notification's payload, and without one whenever the connection is new, since
   * notifications may have been missed. Never called behind a pooler, where none arrive: whoever listens polls as well.
   */
  listen(channel: string, heard: (payload?: string) => void): void
  /** False behind a pooler, and once it is closed. */
  readonly hears: boolean
  close(): Promise<void>
}

/** Connects, and again a second after the connection broke. */
export async function openListener(login: pg.ClientConfig): Promise<Listener> {
  const channels = new Map<string, ((payload?: string) => void)[]>()
  let closed = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let hearing = Promise.resolve()

  async function connect(): Promise<void> {
    const next = new pg.Client({ application_name: 'portico listener', ...heldOpen, ...login })
    const again = () => {
      if (closed || client !== next) return
      client = undefined
      retry = setTimeout(() => void connect(), 1000)
    }
    next.on('error', again)
    next.on('end', again)
    next.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''))
    try {
      client = next
      await next.connect()
      if (await isPooled(next)) {
        closed = true
        return void (await next.end())
      }
      await hear(next, [...channels.keys()])
    } catch {
      again()
    }
  }

  /** One after the other: a connection takes one statement at a time. */
  function hear(on: pg.Client, names: readonly string[]): Promise<void> {
    hearing = hearing
      .catch(() => {})
      .then(async () => {
        for (const channel of names) {
          await on.query(`listen ${pg.escapeIdentifier(channel)}`)
          tell(channel)
        }
      })
    return hearing
  }

  function tell(channel: string, payload?: string): void {
    for (const heard of channels.get(channel) ?? []) heard(payload)
  }

  await connect()
  return {
    get hears() {
      return !closed
    },
    listen(channel, heard) {
      const known = channels.get(channel)
      channels.set(channel, [...(known ?? []), heard])
      // A connection that breaks meanwhile listens once it is back.
      if (!known && !closed && client) hear(client, [channel]).catch(() => {})
    },
    async close() {
      closed = true
      clearTimeout(retry)
      await client?.end().catch(() => {})
    },
  }
}
