import { randomBytes } from 'node:crypto'
import type { Limits } from '../limits.ts'
import type { PeerMessage, Present, Presented } from '../peers/index.ts'
import { SharedMessage } from '../protocol/index.ts'
import { type Difference, Elsewhere } from './elsewhere.ts'
import { type Hub, type Member, topicOf } from './hub.ts'
import type { Holding } from './presence-room.ts'

/** What one member tracks, as `metas` show it. */
interface Tracked extends Presented {
  readonly client: string
  readonly text: string
  readonly bytes: number
}

/** `{ KEY: { metas: […] } }` */
type Listed = Readonly<Record<string, { readonly metas: readonly object[] }>>

/**
 * Who is there, by room: what Phoenix.Presence keeps. Each member tracks one thing under a key of its own choice; several
 * may share a key. Whoever changes it tells the room (`presence_diff`), and other processes.
 */
export class Presence {
  readonly #hub: Hub
  readonly #tellOthers: (message: PeerMessage) => void
  readonly #rooms = new Map<string, Map<Member, Tracked>>()
  readonly #elsewhere = new Elsewhere()
  /** What whoever comes is shown, written once until it changes. */
  readonly #states = new Map<string, SharedMessage>()
  #bytes = 0
  readonly #inRoom = new Map<string, number>()

  constructor(hub: Hub, tellOthers: (message: PeerMessage) => void) {
    this.#hub = hub
    this.#tellOthers = tellOthers
  }

  /** What is tracked here, but for what one member tracks. */
  *holdings(except: Member): Iterable<Holding> {
    for (const [room, members] of this.#rooms) {
      for (const [member, { client, bytes }] of members) if (member !== except) yield { room, member, client, bytes }
    }
  }

  /** Whether so many bytes more need no room to be made. */
  hasRoom(room: string, more: number, { presenceBytes, presenceBytesPerRoom }: Limits): boolean {
    return this.#bytes + more <= presenceBytes && (this.#inRoom.get(room) ?? 0) + more <= presenceBytesPerRoom
  }

  /** Who is there, for whoever comes. */
  state(room: string): SharedMessage {
    const written = this.#states.get(room)
    if (written) return written
    const present = [...(this.#rooms.get(room)?.values() ?? []), ...this.#elsewhere.of(room)]
    const payload = listed(present)
    const event = 'presence_state'
    const state = new SharedMessage({ kind: 'push', joinRef: null, ref: null, topic: topicOf(room), event, payload })
    if (present.length > 0) this.#states.set(room, state)
    return state
  }

  /** @param written the payload's text, by which it is known whether it has changed, and what it counts for */
  track(
    { room, member, client, key }: { room: string; member: Member; client: string; key: string },
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
    this.#rooms.set(room, members.set(member, { client, key, meta, ...written }))
    this.#count(room, written.bytes - (before?.bytes ?? 0))
    this.#changed({ room, joins: [{ key, meta }], leaves: before ? [before] : [] })
  }

  untrack(room: string, member: Member): void {
    const members = this.#rooms.get(room)
    const before = members?.get(member)
    if (!members || !before) return
    members.delete(member)
    if (members.size === 0) this.#rooms.delete(room)
    this.#count(room, -before.bytes)
    this.#changed({ room, joins: [], leaves: [before] })
  }

  /** Who is there through this process. */
  own(): Present {
    return [...this.#rooms].map(([room, members]) => [room, [...members.values()].map(presented)])
  }

  /** Something has changed in another process. */
  applyOf(process: string, difference: Difference): void {
    this.#tell(this.#elsewhere.apply(process, difference))
  }

  replaceOf(process: string, present: Present): void {
    for (const difference of this.#elsewhere.replace(process, present)) this.#tell(difference)
  }

  /** Whoever is not among these processes has gone, and its clients with it. */
  keepOf(processes: ReadonlySet<string>): void {
    for (const process of [...this.#elsewhere.processes]) {
      if (processes.has(process)) continue
      for (const difference of this.#elsewhere.remove(process)) this.#tell(difference)
    }
  }

  #count(room: string, more: number): void {
    this.#bytes += more
    const bytes = (this.#inRoom.get(room) ?? 0) + more
    if (bytes > 0) this.#inRoom.set(room, bytes)
    else this.#inRoom.delete(room)
  }

  #changed({ room, joins, leaves }: Difference): void {
    this.#tell({ room, joins, leaves })
    this.#tellOthers({ kind: 'presence', room, joins: joins.map(presented), leaves: leaves.map(presented) })
  }

  #tell({ room, joins, leaves }: Difference): void {
    if (joins.length + leaves.length === 0) return
    this.#states.delete(room)
    const payload = { joins: listed(joins), leaves: listed(leaves) }
    const diff = {
      kind: 'push',
      joinRef: null,
      ref: null,
      topic: topicOf(room),
      event: 'presence_diff',
      payload,
    } as const
    this.#hub.tell(room, 'presence', new SharedMessage(diff))
  }
}

const presented = ({ key, meta }: Presented): Presented => ({ key, meta })

function listed(all: Iterable<Presented>): Listed {
  const listed = new Map<string, { metas: object[] }>()
  for (const { key, meta } of all) {
    const known = listed.get(key)
    if (known) known.metas.push(meta)
    else listed.set(key, { metas: [meta] })
  }
  return Object.fromEntries(listed)
}
