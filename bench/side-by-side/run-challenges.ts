import { printTable } from '../support/index.ts'
import type { Challenge } from './challenge.ts'
import { compareAnswers } from './compare-answers.ts'
import { type Cost, measureInTurn, startLoader } from './measure.ts'

/** The words that all benchmarks of this kind take. */
export const words = {
  only: { type: 'string' },
  reps: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '0.5' },
  'warm-up': { type: 'string', default: '8' },
  connections: { type: 'string', default: '16,64' },
  data: { type: 'string' },
} as const

export type Words = Readonly<Record<'reps' | 'seconds' | 'warm-up' | 'connections', string>>

/** Those of the comma-separated names; all without names. */
export function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: string | undefined,
): readonly T[] {
  const wanted = names?.split(',') ?? all.map(({ name }) => name)
  const unknown = wanted.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined) throw new Error(`there is no ${unknown}, but ${all.map(({ name }) => name).join()}`)
  return all.filter(({ name }) => wanted.includes(name))
}

/**
 * Has the contenders answer each challenge in turn, prints what it costs them, and says whether Portico met its goals.
 * What counts is the processor time of Node and of its sessions in Postgres a request, which a busy machine changes
 * little.
 *
 * @param postgres the first process of the server behind all contenders
 */
export async function runChallenges(
  challenges: readonly Challenge[],
  postgres: number,
  { reps, seconds, 'warm-up': warmUp, connections: counts }: Words,
): Promise<boolean> {
  if (challenges.length === 0) return true
  const loader = startLoader()
  let met = true
  try {
    for (const connections of counts.split(',').map(Number)) {
      const rows: string[][] = []
      for (const challenge of challenges) {
        await compareAnswers(challenge)
        const amount = {
          connections,
          milliseconds: Number(seconds) * 1000,
          rounds: Number(reps),
          warmUp: Number(warmUp) * 1000,
        }
        const lines = verdicts(challenge, await measureInTurn(challenge.entrants, loader, postgres, amount))
        rows.push(...lines.map(({ cells }) => cells))
        met &&= lines.every((line) => line.met)
      }
      printTable([`${connections} connections`, 'node µs', 'pg µs', 'req/s', "of Portico's", 'goal'], rows)
    }
  } finally {
    loader.kill()
  }
  return met
}

function verdicts({ name, about, entrants, goals }: Challenge, costs: readonly Cost[]) {
  const total = ({ node, postgres }: Cost) => node + postgres
  const own = costs[0] ? total(costs[0]) : Number.NaN
  return costs.map((cost, i) => {
    const contender = entrants[i]?.contender.name ?? ''
    const figures = [cost.node, cost.postgres, cost.perSecond].map((figure) => figure.toFixed(0))
    if (i === 0) return { cells: [`${name} ${about}`, ...figures], met: true }
    const ratio = total(cost) / own
    const goal = goals[contender]
    const met = goal === undefined || ratio >= goal
    const verdict = goal === undefined ? '' : `${met ? 'met' : 'BELOW'} (>= ${goal.toFixed(2)})`
    return { cells: [`   ${contender}`, ...figures, ratio.toFixed(2), verdict], met }
  })
}
