import { once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { Door } from './live.ts'

/** A client over a WebSocket that says whatever it likes. */
export interface LiveClient {
  readonly socket: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  say(message: unknown): void
  /** The next message, or the first one of an operation. */
  hear(id?: string): Promise<Record<string, unknown>>
}

export async function openClient(door: Door, protocol = 'graphql-transport-ws'): Promise<LiveClient> {
  const socket = new WebSocket(door.webSocketUrl, protocol)
  const heard: Record<string, unknown>[] = []
  const waiting: (() => void)[] = []
  socket.on('message', (text) => {
    heard.push(JSON.parse(String(text)))
    for (const wake of waiting.splice(0)) wake()
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  await once(socket, 'open')
  return {
    socket,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async hear(id) {
      for (;;) {
        const at = heard.findIndex((message) => id === undefined || message.id === id)
        const [found] = at < 0 ? [] : heard.splice(at, 1)
        if (found) return found
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}

export function initOf(door: Door, payload?: unknown) {
  return { type: 'connection_init', payload: payload ?? { apikey: door.key } }
}

/** One that has said who it is. */
export async function greetedClient(door: Door, payload?: unknown): Promise<LiveClient> {
  const client = await openClient(door)
  client.say(initOf(door, payload))
  expect(await client.hear()).toEqual({ type: 'connection_ack' })
  return client
}

export function subscribeTo(id: string, query: string, variables?: Readonly<Record<string, unknown>>) {
  return { id, type: 'subscribe', payload: { query, ...(variables && { variables }) } }
}
