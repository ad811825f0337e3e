import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { median } from '../support/index.ts'
import type { Load, Loaded } from './load.ts'
import { processorTime, sessionTimes, workedSince } from './processor-time.ts'

/** A server that answers the operations. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly pid: number
}

/** What a request costs: microseconds on a processor, in Node and in Postgres. */
export interface Cost {
  readonly node: number
  readonly postgres: number
  readonly perSecond: number
}

export type Amount = Omit<Load, 'url' | 'atLeast'>

/** Requests before anything is measured: code is compiled once it is hot, and plans are settled. */
const warmUp = 5000
/** How all contenders log in. */
const role = 'authenticator'
/** Requests of one turn, or its figures would be those of a few. */
const atLeast = 100

/**
 * Loads one contender after the other, each time in the other order, and takes the medians. The first round is for
 * warming up.
 *
 * @param loader runs load.ts
 * @param postgres the first process of the server behind all contenders
 */
export async function measureInTurn(
  contenders: readonly Contender[],
  loader: ChildProcess,
  postgres: number,
  amount: Amount,
  rounds: number,
): Promise<readonly Cost[]> {
  const costs = contenders.map(() => [] as Cost[])
  const turns = [...contenders.entries()]
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of round % 2 ? turns : turns.toReversed()) {
      const cost = await measure(contender, loader, postgres, { ...amount, atLeast: round > 0 ? atLeast : warmUp })
      if (round > 0) costs[i]?.push(cost)
    }
  }
  return costs.map((all) => {
    const of = (key: keyof Cost) => median(all.map((one) => one[key]))
    return { node: of('node'), postgres: of('postgres'), perSecond: of('perSecond') }
  })
}

async function measure(
  { name, url, pid }: Contender,
  loader: ChildProcess,
  postgres: number,
  amount: Omit<Load, 'url'>,
): Promise<Cost> {
  const before = { node: processorTime(pid), postgres: sessionTimes(postgres, role) }
  loader.send({ url, ...amount } satisfies Load)
  const [{ answered, failed, milliseconds }] = (await once(loader, 'message')) as [Loaded]
  if (failed > 0) throw new Error(`${failed} requests to ${name} failed`)
  return {
    node: (processorTime(pid) - before.node) / answered,
    postgres: workedSince(before.postgres, sessionTimes(postgres, role)) / answered,
    perSecond: answered / (milliseconds / 1000),
  }
}
