import type { JWK } from 'jose'
import { z } from 'zod'
import { readStream } from '#bodies'

/** Bytes; a set of keys has some thousands. */
const maximumBytes = 256 * 1024

/** Milliseconds. Requests wait for it. */
const patience = 5000

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/**
 * The keys of a JWKS (RFC 7517) that anyone may verify with. What is secret (`oct`, or a private half) has no place in a
 * set that everyone can read: such a key verifies nothing.
 */
export async function fetchKeys(url: string, fetch: typeof globalThis.fetch): Promise<readonly JWK[]> {
  const { keys } = await fetchJson(url, keySet, fetch)
  return (keys as JWK[]).filter(({ kty, d, k }) => kty !== 'oct' && d === undefined && k === undefined)
}

/** JSON of the wanted shape. Rejects for anything else, for a redirect, and for what is too large or too slow. */
export async function fetchJson<T extends z.ZodType>(
  url: string,
  shape: T,
  fetch: typeof globalThis.fetch,
): Promise<z.output<T>> {
  const signal = AbortSignal.timeout(patience)
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  const body = await readStream(response.body, maximumBytes, () => new Error(`${url} answered too much`))
  return shape.parse(JSON.parse(body.toString()))
}
