import type { EventsOptions, Trigger } from '../options.ts'
import type { Dialer } from './guard.ts'
import type { Network } from './network.ts'
import { createOwnAddresses } from './own-addresses.ts'

/** A request that SQL asked for. */
export interface Outgoing {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: string | Uint8Array<ArrayBuffer> | null
  /** From the first byte sent to the last one read. */
  readonly timeoutMs: number
  /** How much of the answer is wanted; the rest is not read. */
  readonly maxBytes: number
  readonly trigger: Trigger
  /** The key for one of the project's own functions, where the request names none. */
  readonly functionKey?: string
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Whether there was more than `maxBytes`. */
  readonly isCut: boolean
}

/** Makes one attempt at a request. Rejects where there is no answer: a `TimeoutError` if it took too long. */
export type Send = (outgoing: Outgoing) => Promise<Answer>

export interface Sender {
  readonly send: Send
  close(): Promise<void>
}

type SendOptions = Pick<EventsOptions, 'functions' | 'addresses' | 'guarded'>

/** Sends requests: to the project's functions in this process, to all else over the network. */
export function createSend(options: SendOptions, dialer?: Dialer): Sender {
  const { functions, addresses, guarded: isGuarded } = options
  const ownTarget = createOwnAddresses(addresses)
  let opening: Promise<Network> | undefined

  async function network(): Promise<Network> {
    opening ??= import('./network.ts').then(({ openNetwork }) => openNetwork(isGuarded, dialer))
    return await opening
  }

  async function send(outgoing: Outgoing): Promise<Answer> {
    const { method, headers, body, functionKey, trigger, maxBytes } = outgoing
    const timeout = AbortSignal.timeout(outgoing.timeoutMs)
    const signal = outgoing.signal ? AbortSignal.any([timeout, outgoing.signal]) : timeout
    const own = ownTarget(outgoing.url)
    if (own?.kind === 'function') {
      if (functionKey !== undefined && !headers.has('authorization')) {
        headers.set('authorization', `Bearer ${functionKey}`)
      }
      const request = new Request(own.url, { method, headers, body, signal, redirect: 'manual' })
      return await read(await cancellable(functions.call(request, trigger), signal), maxBytes, signal)
    }
    // What this backend redirects to is for its clients: followed from here, it would lead past the guard.
    const { fetch } = await network()
    const response = await fetch(own?.url ?? outgoing.url, { method, headers, body, signal }, own !== undefined)
    return await read(response, maxBytes, signal)
  }

  return {
    send,
    async close() {
      await (await opening)?.close()
    },
  }
}

/** A function that does not answer is not waited for. */
async function cancellable(response: Promise<Response>, signal: AbortSignal): Promise<Response> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([response, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
    aborted.promise.catch(() => {})
    response.catch(() => {})
  }
}

async function read(response: Response, maxBytes: number, signal: AbortSignal): Promise<Answer> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  const abort = () => void reader?.cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', abort, { once: true })
  try {
    while (reader && size <= maxBytes) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.byteLength
    }
  } finally {
    signal.removeEventListener('abort', abort)
    reader?.cancel().catch(() => {})
  }
  signal.throwIfAborted()
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes))
  return { status: response.status, headers: response.headers, text, isCut: size > maxBytes }
}
