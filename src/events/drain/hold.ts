import { jobsAtOnce } from '../cron/index.ts'
import type { LoggedEvent } from '../log/index.ts'

/**
 * Deliveries to one consumer that are under way at once, and how many events are claimed in one go. A webhook's consumer is
 * its URL; all cron jobs are one, which has places for as many as run at once. Consumers share no places: however many of
 * them answer slowly, or never, each has its own, and there are no more of them than the project has webhooks.
 */
const perWebhook = 6
const claimed = 2 * perWebhook

function placesOf(url: string | null): number {
  return url === null ? jobsAtOnce : perWebhook
}

/** The events of a lane that this process has claimed: some under way, the others ready. */
export interface Hold {
  readonly underWay: number
  /** Those that are not under way. */
  readonly ready: readonly LoggedEvent[]
  /** How many may be claimed: so few that none of the consumers that are not served has too many. */
  readonly room: number
  /** Webhooks and jobs whose consumers have enough events claimed. */
  readonly served: readonly string[]
  add(events: readonly LoggedEvent[]): void
  /** Takes out those that may begin now; each is under way until it has ended. */
  begin(): readonly LoggedEvent[]
  /** @returns whether there is room for more of its consumer */
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
