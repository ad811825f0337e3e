import { jobsAtOnce } from '../cron/index.ts'
import type { LoggedEvent } from '../log/index.ts'

/**
 * Deliveries to one consumer that are under way at once. A webhook's consumer is its URL; all cron jobs together are one, with
 * places for as many as may run at once. Consumers share no places: one that answers slowly, or never, takes none from others.
 */
const perWebhook = 6

/** Events that are claimed in one go. */
const claimed = 2 * perWebhook

function placesOf(url: string | null): number {
  return url === null ? jobsAtOnce : perWebhook
}

/** The events of a lane that this process has claimed: some under way, the others ready. */
export interface Hold {
  readonly underWay: number
  /** Claimed, and not under way yet. */
  readonly ready: readonly LoggedEvent[]
  /** How many more may be claimed, even if all of them are for one consumer that is not {@link served}. */
  readonly room: number
  /** Names of webhooks and jobs whose consumers have enough events claimed: no more of theirs are to be. */
  readonly served: readonly string[]
  add(events: readonly LoggedEvent[]): void
  /** Takes those out of {@link ready} for whose consumers there is a place; each is under way until {@link end}. */
  begin(): readonly LoggedEvent[]
  /** An event is settled. @returns whether more events of its consumer may be claimed */
  end(event: LoggedEvent): boolean
}

interface Consumer {
  readonly names: Set<string>
  readonly places: number
  underWay: number
  held: number
}

export function createHold(): Hold {
  const consumers = new Map<string | null, Consumer>()
  let ready: LoggedEvent[] = []
  let underWay = 0

  function consumerOf({ url }: LoggedEvent): Consumer {
    const known = consumers.get(url) ?? { names: new Set(), places: placesOf(url), underWay: 0, held: 0 }
    consumers.set(url, known)
    return known
  }

  return {
    get underWay() {
      return underWay
    },
    get ready() {
      return ready
    },
    get room() {
      const few = [...consumers.values()].filter(({ held, places }) => held <= places)
      return Math.min(claimed, ...few.map(({ held, places }) => 2 * places - held))
    },
    get served() {
      return [...consumers.values()].flatMap(({ names, held, places }) => (held > places ? [...names] : []))
    },
    add(events) {
      for (const event of events) {
        const consumer = consumerOf(event)
        consumer.names.add(event.name)
        consumer.held += 1
        ready.push(event)
      }
    },
    begin() {
      const begun: LoggedEvent[] = []
      ready = ready.filter((event) => {
        const consumer = consumerOf(event)
        if (consumer.underWay >= consumer.places) return true
        consumer.underWay += 1
        underWay += 1
        begun.push(event)
        return false
      })
      return begun
    },
    end(event) {
      const consumer = consumerOf(event)
      consumer.underWay -= 1
      consumer.held -= 1
      underWay -= 1
      if (consumer.held === 0) consumers.delete(event.url)
      return consumer.held <= consumer.places
    },
  }
}
