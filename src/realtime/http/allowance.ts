import { LRUCache } from 'lru-cache'
import { Allowance } from '../allowance.ts'
import type { Limits } from '../limits.ts'

/** What of all that may be broadcast one client may broadcast. */
const share = 2

/** Clients that are remembered. */
const most = 10_000

/** How much may be broadcast by HTTP: by all, and by each client. Who asks counts as several: a user, and an address that has many. */
export function createHttpAllowance({ httpMessagesPerSecond }: Limits) {
  const ofAll = new Allowance(httpMessagesPerSecond)
  const ofClients = new LRUCache<string, Allowance>({ max: most })

  function of(client: string): Allowance {
    const known = ofClients.get(client) ?? new Allowance(Math.max(1, httpMessagesPerSecond / share))
    ofClients.set(client, known)
    return known
  }

  return {
    take: (clients: readonly string[]) => clients.every((client) => of(client).take()) && ofAll.take(),
    charge(clients: readonly string[], more: number): void {
      for (const client of clients) of(client).charge(more)
      ofAll.charge(more)
    },
  }
}
