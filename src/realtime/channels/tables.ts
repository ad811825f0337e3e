import type { Caller } from '#database'
import type { Observe } from '#observe'
import type { Channel } from './channel.ts'
import { RefusedBindings, type Subscription, type TableBinding, type TableChanges } from './table-changes.ts'

/** The `postgres_changes` of one channel. */
export interface Tables {
  begin(channel: Channel): void
  renew(caller: Caller): void
  end(): void
}

export interface TablesOptions {
  readonly bindings: readonly TableBinding[]
  readonly changes: TableChanges | undefined
  readonly observe: Observe
}

/** Milliseconds between attempts to subscribe. */
const again = 5_000

/** Subscribes once the client has the answer to its join, as it expects it; says how that went; and tries again if it may help. */
export function createTables({ bindings, changes, observe }: TablesOptions): Tables {
  let subscription: Subscription | undefined
  let retry: NodeJS.Timeout | undefined
  let ended = false

  async function subscribe(channel: Channel): Promise<void> {
    if (!changes) return channel.system('postgres_changes', 'error', 'Changes of tables are not available here')
    try {
      const deliver = (ids: readonly number[], data: string) => {
        if (!ended) channel.pushWritten('postgres_changes', `{"ids":${JSON.stringify(ids)},"data":${data}}`)
      }
      const { caller } = channel.permissions.bearer
      const next = await changes.subscribe(bindings, caller, deliver)
      if (ended) return next.stop()
      subscription = next
      if (channel.permissions.bearer.caller !== caller) await next.renew(channel.permissions.bearer.caller)
      channel.system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
    } catch (error) {
      if (ended) return
      if (error instanceof RefusedBindings) return channel.system('postgres_changes', 'error', error.message)
      observe({ kind: 'message', level: 'warn', text: 'changes of tables could not be subscribed to', error })
      channel.system('postgres_changes', 'error', 'Unable to subscribe to changes, trying again')
      retry = setTimeout(() => void subscribe(channel), again)
      retry.unref()
    }
  }

  return {
    begin(channel) {
      if (bindings.length > 0) void subscribe(channel)
    },
    renew(caller) {
      subscription?.renew(caller).catch((error) => {
        // Whoever may see less must not go on to see more.
        subscription?.stop()
        observe({ kind: 'message', level: 'warn', text: 'a subscription to tables could not be renewed', error })
      })
    },
    end() {
      ended = true
      clearTimeout(retry)
      subscription?.stop()
    },
  }
}
