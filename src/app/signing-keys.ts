import { type StatsListener, unwatchFile, watchFile } from 'node:fs'
import { createKeyRing, type KeyRing } from '#auth'
import { type Config, rereadSigningKeys } from '#config'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'

export interface WatchedKeys {
  readonly ring: KeyRing
  close(): void
}

/** Milliseconds between two looks: a file that a platform swaps behind a link tells nobody that it did. */
const interval = 2000

/**
 * The project's signing keys, which follow the file that they are in: a key is rotated without a restart. What cannot be
 * used changes nothing, and is told.
 */
export function watchSigningKeys(config: Config, observe: Observe): WatchedKeys {
  const { signingKeys, signingKeysPath: path } = config.auth
  const ring = createKeyRing(signingKeys)
  if (path === undefined) return { ring, close() {} }

  let reading = Promise.resolve()
  const read = async () => {
    try {
      ring.replace(await rereadSigningKeys(path, config))
      const inUse = ring.keys.find(({ signs }) => signs)?.kid
      observe({ kind: 'message', level: 'info', text: 'the signing keys have changed', data: { inUse } })
    } catch (error) {
      const text = `the signing keys have changed, but cannot be used: ${errorMessage(error)}. The ones before stay.`
      observe({ kind: 'message', level: 'error', text })
    }
  }
  const changed: StatsListener = (now, before) => {
    // One look after another, so that the last one counts.
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) reading = reading.then(read)
  }
  watchFile(path, { interval, persistent: false }, changed)
  return { ring, close: () => unwatchFile(path, changed) }
}
