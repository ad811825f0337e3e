import type { Backend } from './backend.ts'

/** A backend that is loaded when it is first used. */
export function deferred(load: () => Promise<Backend>): Backend {
  let loading: Promise<Backend> | undefined
  const loaded = () => {
    loading ??= load()
    return loading
  }
  return {
    parts: {
      begin: async (key) => (await loaded()).parts.begin(key),
      put: async (upload, number, body, size) => (await loaded()).parts.put(upload, number, body, size),
      join: async (upload, parts) => (await loaded()).parts.join(upload, parts),
      abandon: async (upload) => (await loaded()).parts.abandon(upload),
    },
    resumable: async (expiration) => (await loaded()).resumable(expiration),
    put: async (key, body) => (await loaded()).put(key, body),
    open: async (key) => (await loaded()).open(key),
    copy: async (from, to) => (await loaded()).copy(from, to),
    remove: async (keys) => (await loaded()).remove(keys),
    async *list(before) {
      yield* (await loaded()).list(before)
    },
    discardInterrupted: async (before, gatheredBefore) => (await loaded()).discardInterrupted(before, gatheredBefore),
  }
}
