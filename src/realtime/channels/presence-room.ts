import type { Limits } from '../limits.ts'
import type { Member } from './hub.ts'

/** What somebody tracks, and whose it is: a user, or the address of whoever is not signed in. */
export interface Holding {
  readonly member: Member
  readonly client: string
  readonly room: string
  readonly bytes: number
}

/**
 * Has room made for what a client wants to track, where there is none: by whoever tracks the most, who is the one that floods.
 *
 * @param holdings all that are tracked, but for what the new one takes the place of
 * @returns what has to go first; undefined where that is the new one itself
 */
export function roomFor(wanted: Holding, holdings: Iterable<Holding>, limits: Limits): readonly Member[] | undefined {
  let all = [...holdings]
  const ended: Member[] = []
  const scopes = [
    { limit: limits.presenceBytesPerRoom, isIn: ({ room }: Holding) => room === wanted.room },
    { limit: limits.presenceBytes, isIn: () => true },
  ]
  for (const { limit, isIn } of scopes) {
    for (;;) {
      const within = all.filter(isIn)
      if (sum(within) + wanted.bytes <= limit) break
      const heaviest = largestOf(within, wanted)
      if (!heaviest) return undefined
      ended.push(heaviest.member)
      all = all.filter((one) => one !== heaviest)
    }
  }
  return ended
}

/** The largest that the client with the most has; undefined where no other has more than the one who wants more. */
function largestOf(within: readonly Holding[], wanted: Holding): Holding | undefined {
  const clients = [...Map.groupBy(within, ({ client }) => client)]
  const weighed = clients.map(([client, all]) => ({ client, all, bytes: sum(all) }))
  const own = wanted.bytes + (weighed.find(({ client }) => client === wanted.client)?.bytes ?? 0)
  const most = maximum(weighed, ({ bytes }) => bytes)
  if (!most || most.client === wanted.client || most.bytes <= own) return undefined
  return maximum(most.all, ({ bytes }) => bytes)
}

function maximum<One>(all: readonly One[], by: (one: One) => number): One | undefined {
  return all.reduce<One | undefined>((most, one) => (most === undefined || by(one) > by(most) ? one : most), undefined)
}

const sum = (all: readonly Holding[]) => all.reduce((bytes, one) => bytes + one.bytes, 0)
