import { setTimeout as sleep } from 'node:timers/promises'
import type { Observe } from '#observe'
import type { Channel } from './channel.ts'
import { NotYet, RefusedBindings, type Subscription, type TableBinding, type TableChanges } from './table-changes.ts'

export interface TablesOptions {
  readonly bindings: readonly TableBinding[]
  readonly changes: TableChanges | undefined
  readonly observe: Observe
}

/** Milliseconds between attempts to subscribe. */
const again = 5_000

/** Milliseconds that a join waits for the first, and its connection with it. */
const patience = 1_000

const unavailable = 'Unable to subscribe to changes'

/** The `postgres_changes` of one channel. */
export class Tables {
  readonly #options: TablesOptions
  #subscription: Subscription | undefined
  #first: Promise<string | undefined> | undefined
  #retry: NodeJS.Timeout | undefined
  #isAttempting = false
  /** Whether the last attempt failed with what may pass. */
  #isAgain = false
  #ended = false
  /** What was to be told before the client has the answer to its join. */
  #early: (() => void)[] | undefined = []

  constructor(options: TablesOptions) {
    this.#options = options
  }

  /** Subscribes before the join is answered, for clients that ask for that. Resolves with why it could not be, in so many milliseconds. */
  async settle(channel: Channel, patience: number): Promise<string | undefined> {
    if (this.#options.bindings.length === 0) return undefined
    const late = sleep(patience, 'Timed out waiting for changes to be subscribed to', { ref: false })
    return await Promise.race([this.#subscribe(channel), late])
  }

  /** Gives the first attempt some time before the join is answered, since clients write as soon as they have the answer. */
  async soon(channel: Channel): Promise<void> {
    if (this.#options.bindings.length === 0) return
    this.#first = this.#subscribe(channel)
    await Promise.race([this.#first, sleep(patience, undefined, { ref: false })])
  }

  /** Says how subscribing went once the client has the answer to its join, and tries again where it may help. */
  begin(channel: Channel): void {
    for (const tell of this.#early ?? []) tell()
    this.#early = undefined
    if (this.#subscription && !this.#first) channel.system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
    else if (this.#options.bindings.length > 0) void this.#attempt(channel)
  }

  /** The channel has another caller. */
  async renew(channel: Channel): Promise<void> {
    const subscription = this.#subscription
    // Whoever was refused may be let in now; an attempt under way looks at the caller itself.
    if (!subscription) {
      if (!this.#isAttempting && this.#options.bindings.length > 0) await this.#attempt(channel)
      return
    }
    try {
      await subscription.renew(channel.permissions.bearer.caller)
    } catch (error) {
      // Whoever may see less must not go on to see more.
      subscription.stop()
      if (this.#subscription !== subscription || this.#ended) return
      this.#subscription = undefined
      this.#failed(channel, this.#reasonOf(error))
    }
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#retry)
    this.#subscription?.stop()
  }

  async #attempt(channel: Channel): Promise<void> {
    clearTimeout(this.#retry)
    this.#isAttempting = true
    const reason = await (this.#first ?? this.#subscribe(channel))
    this.#first = undefined
    this.#isAttempting = false
    if (this.#ended) return
    if (reason === undefined) return channel.system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
    this.#failed(channel, reason)
  }

  #failed(channel: Channel, reason: string): void {
    channel.system('postgres_changes', 'error', reason)
    if (!this.#isAgain) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#attempt(channel), again)
    this.#retry.unref()
  }

  async #subscribe(channel: Channel): Promise<string | undefined> {
    const { bindings, changes } = this.#options
    this.#isAgain = false
    if (!changes) return 'Changes of tables are not available here'
    const { caller } = channel.permissions.bearer
    try {
      const subscription = await changes.subscribe(bindings, caller, {
        deliver: (ids, data) => this.#tell(channel, ids, data),
        warn: (reason) => this.#warn(channel, reason),
        address: channel.options.peer.address,
      })
      this.#subscription = subscription
      if (this.#ended) subscription.stop()
      const { caller: now } = channel.permissions.bearer
      if (now !== caller) await subscription.renew(now)
      return undefined
    } catch (error) {
      this.#subscription?.stop()
      this.#subscription = undefined
      return this.#reasonOf(error)
    }
  }

  #reasonOf(error: unknown): string {
    this.#isAgain = !(error instanceof RefusedBindings)
    if (error instanceof RefusedBindings || error instanceof NotYet) return error.message
    const text = 'changes of tables could not be subscribed to'
    this.#options.observe({ kind: 'message', level: 'warn', text, error })
    return unavailable
  }

  #tell(channel: Channel, ids: readonly number[], data: string): void {
    this.#once(() => channel.pushWritten('postgres_changes', `{"ids":${JSON.stringify(ids)},"data":${data}}`))
  }

  #warn(channel: Channel, reason: string): void {
    this.#once(() => channel.system('postgres_changes', 'error', reason))
  }

  /** Now, or once the client has the answer to its join. */
  #once(say: () => void): void {
    const unlessEnded = () => {
      if (!this.#ended) say()
    }
    if (this.#early) this.#early.push(unlessEnded)
    else unlessEnded()
  }
}
