import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWK,
} from 'jose'
import type { Clock } from '../clock.ts'
import { KeysUnavailableError, NoKeyError } from './key-errors.ts'

/** The key a token claims to be signed with, by its header. Rejects when there is none. */
export type FindKey = (header: CompactJWSHeaderParameters, token: FlattenedJWSInput) => Promise<KeyObject | CryptoKey>

/** Keys that somebody else publishes, as they were when last looked at. */
export interface RemoteKeys {
  /** The key that a token's header names. Throws `NoKeyError`, and `KeysUnavailableError` where none can be had. */
  readonly find: FindKey
  /** Those that are known already. */
  known(): readonly JWK[]
  /** Looks at them now. Throws `KeysUnavailableError` where they cannot be had. */
  refresh(): Promise<void>
}

/** Milliseconds. */
const minute = 60_000

/** So long keys are believed to be all there are. */
const lifetime = 10 * minute
/** Where they cannot be had again, they stay for so long. */
const grace = 60 * minute
/** They are not looked at again sooner for a `kid` that nobody knows: any token can name one. */
const pauseBetween = minute / 2
/** Nor so soon after they could not be had. */
const pauseAfterFailure = minute / 12
/** So long a request waits for newer keys while there are others to serve with. */
const usualPatience = minute / 60

interface KeySet {
  readonly keys: readonly JWK[]
  readonly find: ReturnType<typeof createLocalJWKSet>
  readonly loadedAt: number
}

/**
 * Keeps the keys that `load` brings. They are loaded when first needed; again after ten minutes, and at most twice a
 * minute when a token names one that is not there, since keys rotate. While they cannot be had, those from the last hour
 * serve on, and are looked for beside; where they are long in coming, too.
 *
 * @param patience milliseconds that newer keys are waited for
 */
export function createRemoteKeys(
  load: () => Promise<readonly JWK[]>,
  clock: Clock,
  patience = usualPatience,
): RemoteKeys {
  let set: KeySet | undefined
  let loading: Promise<void> | undefined
  /** Resolves when what is being loaded is there, or takes too long to be waited for. */
  let soon: Promise<void> | undefined
  let failure: { readonly at: number; readonly cause: unknown } | undefined

  async function reload(): Promise<void> {
    try {
      const keys = await load()
      set = { keys, find: createLocalJWKSet({ keys: [...keys] }), loadedAt: clock().getTime() }
      failure = undefined
    } catch (cause) {
      failure = { at: clock().getTime(), cause }
    }
  }

  async function refresh(): Promise<void> {
    if (failure && age(failure.at) < pauseAfterFailure) return
    if (!loading) {
      loading = reload().finally(() => {
        loading = undefined
      })
      soon = Promise.race([loading, sleep(patience, undefined, { ref: false })])
    }
    await loading
  }

  function age(since: number): number {
    return clock().getTime() - since
  }

  function serves(keys: KeySet | undefined): keys is KeySet {
    return keys !== undefined && age(keys.loadedAt) < grace
  }

  async function current(): Promise<KeySet> {
    if (!set || age(set.loadedAt) >= lifetime) {
      const refreshed = refresh()
      if (!serves(set)) await refreshed
      // Once they could not be had, nobody waits for the next try.
      else if (!failure) await soon
    }
    if (serves(set)) return set
    throw new KeysUnavailableError({ cause: failure?.cause })
  }

  return {
    known: () => set?.keys ?? [],
    async refresh() {
      await refresh()
      if (failure) throw new KeysUnavailableError(failure)
    },
    async find(header, token) {
      const before = await current()
      const key = await findIn(before, header, token)
      if (key) return key
      if (set === before && age(before.loadedAt) >= pauseBetween) await refresh()
      const after = await current()
      const rotated = after === before ? undefined : await findIn(after, header, token)
      if (rotated) return rotated
      throw failure ? new KeysUnavailableError(failure) : new NoKeyError()
    },
  }
}

/** Undefined where no key of the set fits. */
async function findIn({ find }: KeySet, ...[header, token]: Parameters<FindKey>) {
  try {
    return await find(header, token)
  } catch (error) {
    if (saysNoSuchKey(error)) return undefined
    throw error
  }
}

function saysNoSuchKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}
