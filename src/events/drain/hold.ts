import type { LoggedEvent } from '../log/index.ts'

/**
 * Deliveries to one consumer that are under way at once, and how many events are claimed for it. A webhook's is its URL; all
 * cron jobs are one, since each that runs takes a connection of the database. Consumers share no places: however many of
 * them answer slowly, or never, each has its own, and there are no more of them than the project has webhooks.
 */
const perConsumer = 6
const claimed = 12

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
  underWay: number
  held: number
}

export function createHold(): Hold {
  const consumers = new Map<string | null, Consumer>()
  let ready: LoggedEvent[] = []
  let underWay = 0

  function consumerOf({ url }: LoggedEvent): Consumer {
    const known = consumers.get(url) ?? { names: new Set(), underWay: 0, held: 0 }
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
      const few = [...consumers.values()].map(({ held }) => held).filter((held) => held <= claimed / 2)
      return claimed - Math.max(0, ...few)
    },
    get served() {
      return [...consumers.values()].flatMap(({ names, held }) => (held > claimed / 2 ? [...names] : []))
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
        if (consumer.underWay >= perConsumer) return true
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
      return consumer.held <= claimed / 2
    },
  }
}
