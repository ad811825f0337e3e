import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import { type ServerMessage, SharedMessage } from '../protocol/index.ts'
import { type Hub, roomOf } from './hub.ts'
import type { DatabaseMessage, DatabaseMessages } from './table-changes.ts'

/** Milliseconds between attempts to listen to the database. */
const again = 5_000

/** Milliseconds that a join waits for it. */
const patience = 3_000

/** Tells channels what the database says with `realtime.send()`, while there is anybody in one. */
export class DatabaseRelay {
  readonly #hub: Hub
  readonly #messages: DatabaseMessages | undefined
  readonly #observe: Observe
  #members = 0
  #listening: Promise<() => void> | undefined
  #retry: NodeJS.Timeout | undefined
  /** Said once, however often it is tried. */
  #trouble: string | undefined

  constructor(hub: Hub, messages: DatabaseMessages | undefined, observe: Observe) {
    this.#hub = hub
    this.#messages = messages
    this.#observe = observe
  }

  enter(): void {
    this.#members++
    this.#listen()
  }

  leave(): void {
    if (--this.#members > 0) return
    clearTimeout(this.#retry)
    const listening = this.#listening
    this.#listening = undefined
    listening?.then((stop) => stop()).catch(() => {})
  }

  /** Resolves once what the database says from now on is told; rejects where it says nothing. */
  async ready(): Promise<void> {
    if (!this.#listening) throw new Error('The database tells of no messages.')
    await this.#listening
  }

  /** The same, for whoever goes on without it in the end. */
  async soon(): Promise<void> {
    if (this.#listening) await Promise.race([this.#listening.catch(() => {}), sleep(patience, null, { ref: false })])
  }

  #listen(): void {
    if (!this.#messages || this.#listening) return
    const listening = this.#messages.listen((message) => this.#tell(message))
    this.#listening = listening
    listening.catch((error) => {
      if (this.#listening !== listening) return
      this.#listening = undefined
      const trouble = errorMessage(error)
      if (trouble !== this.#trouble) {
        this.#observe({ kind: 'message', level: 'warn', text: 'messages of the database are not heard', error })
      }
      this.#trouble = trouble
      this.#retry = setTimeout(() => this.#listen(), again)
      this.#retry.unref()
    })
  }

  #tell(message: DatabaseMessage): void {
    const { topic, id } = message
    const shared = new SharedMessage(messageOf(message, { id }), id)
    this.#hub.tell(roomOf(topic, message.private), 'broadcast', shared)
  }
}

export function messageOf({ topic, event, payload }: DatabaseMessage, meta: object): ServerMessage {
  const isText = typeof payload === 'string'
  return {
    kind: 'broadcast',
    topic: `realtime:${topic}`,
    broadcast: { event, encoding: isText ? 'json' : 'binary', payload: isText ? Buffer.from(payload) : payload },
    meta,
  }
}
