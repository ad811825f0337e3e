import { randomBytes } from 'node:crypto'
import { SharedMessage } from '../protocol/index.ts'
import type { Hub, Member } from './hub.ts'

/** What one member tracks, as `metas` show it. */
interface Tracked {
  readonly key: string
  readonly meta: { readonly phx_ref: string }
  readonly text: string
  readonly bytes: number
}

/** `{ KEY: { metas: […] } }` */
type Listed = Readonly<Record<string, { readonly metas: readonly object[] }>>

/**
 * Who is there, by room: what Phoenix.Presence keeps. Each member tracks one thing under a key of its own choice; several
 * may share a key. Whoever changes it tells the room (`presence_diff`).
 */
export class Presence {
  readonly #hub: Hub
  readonly #rooms = new Map<string, Map<Member, Tracked>>()
  /** What whoever comes is shown, written once until it changes. */
  readonly #states = new Map<string, SharedMessage>()
  #bytes = 0

  constructor(hub: Hub) {
    this.#hub = hub
  }

  /** Bytes of all that is tracked. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of what is tracked in one room. */
  bytesOf(room: string): number {
    let bytes = 0
    for (const tracked of this.#rooms.get(room)?.values() ?? []) bytes += tracked.bytes
    return bytes
  }

  /** Who is there, for whoever comes. */
  state(room: string, topic: string): SharedMessage {
    const written = this.#states.get(room)
    if (written) return written
    const payload = this.#list(room)
    const state = new SharedMessage({ kind: 'push', joinRef: null, ref: null, topic, event: 'presence_state', payload })
    if (this.#rooms.has(room)) this.#states.set(room, state)
    return state
  }

  #list(room: string): Listed {
    const listed = new Map<string, { metas: object[] }>()
    for (const { key, meta } of this.#rooms.get(room)?.values() ?? []) {
      const known = listed.get(key)
      if (known) known.metas.push(meta)
      else listed.set(key, { metas: [meta] })
    }
    return Object.fromEntries(listed)
  }

  /** @param written the payload's text, by which it is known whether it has changed, and what it counts for */
  track(
    { room, topic, member, key }: { room: string; topic: string; member: Member; key: string },
    payload: object,
    written: { readonly text: string; readonly bytes: number },
  ): void {
    const members = this.#rooms.get(room) ?? new Map<Member, Tracked>()
    const before = members.get(member)
    if (before?.text === written.text) return
    const meta = {
      ...payload,
      phx_ref: randomBytes(9).toString('base64url'),
      ...(before && { phx_ref_prev: before.meta.phx_ref }),
    }
    this.#rooms.set(room, members.set(member, { key, meta, ...written }))
    this.#bytes += written.bytes - (before?.bytes ?? 0)
    this.#tell(room, topic, listed(key, meta), before ? listed(key, before.meta) : {})
  }

  untrack(room: string, topic: string, member: Member): void {
    const members = this.#rooms.get(room)
    const before = members?.get(member)
    if (!members || !before) return
    members.delete(member)
    if (members.size === 0) this.#rooms.delete(room)
    this.#bytes -= before.bytes
    this.#tell(room, topic, {}, listed(before.key, before.meta))
  }

  #tell(room: string, topic: string, joins: Listed, leaves: Listed): void {
    this.#states.delete(room)
    const payload = { joins, leaves }
    const diff = { kind: 'push', joinRef: null, ref: null, topic, event: 'presence_diff', payload } as const
    this.#hub.tell(room, 'presence', new SharedMessage(diff))
  }
}

function listed(key: string, meta: object): Listed {
  return Object.fromEntries([[key, { metas: [meta] }]])
}
