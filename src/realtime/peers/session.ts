import { randomBytes } from 'node:crypto'
import type { ClientConfig } from 'pg'
import { createAcquaintances } from './acquaintances.ts'
import { type Frame, framesOf, idBytes, type Numbered, readFrame } from './frame.ts'
import { openLink } from './link.ts'
import { type PeerMessage, type Present, readMessage, writeMessage } from './message.ts'
import { createOutgoing } from './outgoing.ts'
import { createPeer, Inlet, type Peer } from './peer.ts'
import { createIdentity, createKey } from './sealing.ts'
import { createStrangers } from './strangers.ts'

/** What is heard of other processes, each by a name of its own. */
export interface Hears {
  /** Who is present here, for those who come. */
  present(): Present
  told(process: string, message: Exclude<PeerMessage, { kind: 'introduction' }>): void
  /** All who are present there, whatever was known of it. */
  introduced(process: string, present: Present): void
  /** Those that are there now. */
  there(processes: ReadonlySet<string>): void
}

export interface SessionOptions {
  readonly login: ClientConfig
  /** The name of this process. */
  readonly process: string
  readonly hears: Hears
  /** Called before anybody is introduced: what changes from then on is told. */
  readonly opened: (session: Session) => void
  /** Some of what was told here has reached nobody, or some of what was told there is not understood. */
  readonly failed: (error: unknown) => void
}

/** What processes say to each other while one connection lasts. */
export interface Session {
  readonly ended: Promise<unknown>
  /** Resolves once those that were there first have introduced themselves, or take too long. */
  readonly met: Promise<void>
  /** Other processes that are there. */
  readonly size: number
  /** Nothing where nobody is there; false where too much waits to be told. */
  tell(message: PeerMessage): boolean
  close(): Promise<void>
}

/** Milliseconds between two looks at who is there, while anybody is. */
const lookEvery = 1000

/** Milliseconds that those who were there first have to introduce themselves. */
const patience = 1000

/** Characters that may wait to be told, but for what is present. */
const mostWaiting = 32 * 1024 * 1024

/**
 * Each process seals what it tells by a key of its own, and introduces itself to each other one by a key that only the two
 * can know, since they agreed on it by what stands in a table that nobody but Portico writes. So whoever may listen or notify
 * understands nothing and is not believed.
 */
export async function openSession({ login, process, hears, opened, failed }: SessionOptions): Promise<void> {
  const id = randomBytes(idBytes)
  const name = id.toString('hex')
  const identity = createIdentity()
  const outlet: Numbered = { key: createKey(), next: 0 }
  const acquaintances = createAcquaintances((other) => createPeer(id, identity, other))
  const peers = acquaintances.there
  const met = Promise.withResolvers<void>()
  let closed = false
  let looking: NodeJS.Timeout | undefined
  let looks: Promise<void> | undefined

  const strangers = createStrangers(lookAnew, (frame) => takeOf(frame, peers.get(frame.from)))
  const early: string[] = []
  let heard = (text: string): void => {
    early.push(text)
  }
  const self = { id, publicKey: identity.publicKey }
  const link = await openLink({ login, self, heard: (text) => heard(text) })
  const outgoing = createOutgoing(
    (texts) => link.notify(texts),
    (error) => {
      // Whatever of it was who is present is said again.
      for (const peer of peers.values()) peer.isOwed = true
      if (!closed) failed(error)
    },
  )

  function introduce(peer: Peer): void {
    peer.isOwed = false
    const key = outlet.key.toString('base64')
    const isAnswer = peer.shared !== undefined
    const present = hears.present()
    const message = { kind: 'introduction', process, key, number: outlet.next, isAnswer, present } as const
    outgoing.put(framesOf(id, peer.id, peer.outlet, writeMessage(message)))
  }

  /** One at a time: what was found first must not be taken for what is now. */
  function look(): Promise<void> {
    looks ??= lookNow().finally(() => {
      looks = undefined
      clearTimeout(looking)
      if (peers.size > 0 && !closed) looking = setTimeout(() => void look().catch(() => {}), lookEvery).unref()
    })
    return looks
  }

  async function lookAnew(): Promise<void> {
    await looks?.catch(() => {})
    await look()
  }

  async function lookNow(): Promise<void> {
    const others = await link.others()
    if (closed) return
    acquaintances.update(others)
    for (const peer of peers.values()) if (!peer.shared || peer.isOwed) introduce(peer)
    tellWhoIsThere()
  }

  function tellWhoIsThere(): void {
    const all = [...peers.values()]
    hears.there(new Set(all.flatMap((peer) => peer.process ?? [])))
    if (all.every(({ shared }) => shared)) met.resolve()
  }

  function take(text: string): void {
    const frame = readFrame(text)
    if (!frame || frame.from === name || (frame.to !== undefined && frame.to !== name)) return
    const peer = peers.get(frame.from)
    if (peer && !strangers.has(frame.from)) takeOf(frame, peer)
    else strangers.put(frame)
  }

  function takeOf(frame: Frame, peer: Peer | undefined): void {
    const inlet = frame.to === undefined ? peer?.shared : peer?.inlet
    const bytes = inlet?.take(frame)
    if (!peer || !bytes) return
    try {
      const message = readMessage(bytes)
      if (message.kind === 'introduction') meet(peer, message)
      else if (peer.process !== undefined) hears.told(peer.process, message)
    } catch (error) {
      // Of another version of Portico, perhaps.
      failed(error)
    }
  }

  function meet(peer: Peer, { process, key, number, isAnswer, present }: Extract<PeerMessage, { key: string }>): void {
    peer.process = process
    peer.shared = new Inlet(Buffer.from(key, 'base64'), number)
    hears.introduced(process, present)
    if (!isAnswer) introduce(peer)
    tellWhoIsThere()
  }

  opened({
    ended: link.ended.finally(stop),
    met: met.promise,
    get size() {
      return peers.size
    },
    tell(message) {
      if (peers.size === 0) return true
      if (message.kind === 'broadcast' && outgoing.waiting > mostWaiting) return false
      outgoing.put(framesOf(id, undefined, outlet, writeMessage(message)))
      return true
    },
    async close() {
      stop()
      await link.close()
    },
  })
  await look()
  heard = take
  for (const text of early) take(text)
  const late = setTimeout(met.resolve, patience)
  void Promise.race([met.promise, link.ended]).then(() => {
    clearTimeout(late)
    met.resolve()
  })

  function stop(): void {
    closed = true
    clearTimeout(looking)
    strangers.clear()
  }
}
