import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { forkBench, median, processorTime, sessionTimes, workedSince } from '../support/index.ts'
import type { Entrant } from './challenge.ts'
import type { Load, Loaded } from './load.ts'

/** The process that sends the requests. */
export function startLoader(): ChildProcess {
  return forkBench(join(import.meta.dirname, 'load.ts'), {})
}

/** What a request costs: microseconds on a processor, in Node and in Postgres. */
export interface Cost {
  readonly node: number
  readonly postgres: number
  readonly perSecond: number
}

export interface Amount {
  readonly connections: number
  /** Of one turn, at least. */
  readonly milliseconds: number
  /** How often each has its turn. */
  readonly rounds: number
  /** Milliseconds that each is asked at most before anything is measured. */
  readonly warmUp: number
}

/**
 * Requests before anything is measured: plans are settled by then, and code is compiled. V8 does that in steps, of which the
 * last come late: an insert cost the reference 117 µs of Node after 15,000 and 88 after 25,000, Portico 208 and 121.
 */
const hot = 30_000
/** Requests of one turn, or its figures would be those of a few. */
const turn = { atLeast: 100, longest: 30_000 }
/** How all contenders log in. */
const role = 'authenticator'

/**
 * Loads one contender after the other, each time in the other order, and takes the medians. The first round is for
 * warming up.
 *
 * @param loader of {@link startLoader}
 * @param postgres the first process of the server behind all contenders
 */
export async function measureInTurn(
  entrants: readonly Entrant[],
  loader: ChildProcess,
  postgres: number,
  { connections, milliseconds, rounds, warmUp }: Amount,
): Promise<readonly Cost[]> {
  const costs = entrants.map(() => [] as Cost[])
  const turns = [...entrants.entries()]
  for (let round = 0; round <= rounds; round++) {
    for (const [i, entrant] of round % 2 ? turns : turns.toReversed()) {
      const load = { connections, milliseconds, ...(round > 0 ? turn : { atLeast: hot, longest: warmUp }) }
      const cost = await measure(entrant, loader, postgres, load)
      if (round > 0) costs[i]?.push(cost)
    }
  }
  return costs.map((all) => {
    const of = (key: keyof Cost) => median(all.map((one) => one[key]))
    return { node: of('node'), postgres: of('postgres'), perSecond: of('perSecond') }
  })
}

async function measure(
  { contender: { name, url, pid }, requests }: Entrant,
  loader: ChildProcess,
  postgres: number,
  amount: Omit<Load, 'url' | 'requests'>,
): Promise<Cost> {
  const before = { node: processorTime(pid), postgres: sessionTimes(postgres, role) }
  loader.send({ url, requests, ...amount } satisfies Load)
  const [{ answered, failed, milliseconds }] = (await once(loader, 'message')) as [Loaded]
  if (failed > 0) throw new Error(`${failed} requests to ${name} failed`)
  return {
    node: (processorTime(pid) - before.node) / answered,
    postgres: workedSince(before.postgres, sessionTimes(postgres, role)) / answered,
    perSecond: answered / (milliseconds / 1000),
  }
}
