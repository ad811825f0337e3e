import { LRUCache } from 'lru-cache'

/** Runs a piece of work when its turn comes; `key` says whose it is. */
export type CheapFirst = <Done>(key: string, work: () => Promise<Done>) => Promise<Done>

/** Whose costs are remembered. */
const most = 1000

/**
 * Lets so many pieces of work go on at a time. Of those that wait, whoever took the least time lately is first, less what it has
 * waited: so many that take long do not have everybody else wait for all of them, and they come to their turn as well.
 */
export function createCheapFirst(atOnce: number): CheapFirst {
  const costs = new LRUCache<string, number>({ max: most })
  const waiting = new Set<{ readonly key: string; readonly since: number; readonly go: () => void }>()
  let going = 0

  function goOn(): void {
    const rank = ({ key, since }: { readonly key: string; readonly since: number }) => (costs.get(key) ?? 0) + since
    const [next] = [...waiting].sort((one, other) => rank(one) - rank(other))
    if (!next) return void going--
    waiting.delete(next)
    next.go()
  }

  return async (key, work) => {
    if (going < atOnce) going++
    else await new Promise<void>((go) => waiting.add({ key, since: performance.now(), go }))
    const began = performance.now()
    try {
      return await work()
    } finally {
      costs.set(key, ((costs.get(key) ?? 0) + performance.now() - began) / 2)
      goOn()
    }
  }
}
