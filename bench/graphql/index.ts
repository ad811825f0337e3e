/**
 * Five GraphQL operations over a million rows, answered by Portico as it runs in production, through its HTTP door, and
 * by the reference (limit.ts): bare node:http and hand-written SQL on the same database. What counts is the processor
 * time of Node and Postgres a request, which a busy machine changes little: 1.00 is as good as hand-written.
 *
 * Linux only: processor time comes from /proc.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from '../support/index.ts'
import { forkBench } from './fork.ts'
import type { LimitOptions } from './limit-options.ts'
import { type Contender, type Cost, measureInTurn } from './measure.ts'
import { type Operation, operations } from './operations.ts'
import { openPhotoCommunity } from './photo-community.ts'
import { compareAnswers, requestsOf, signTokens } from './requests.ts'

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      reps: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0.5' },
      connections: { type: 'string', default: '16,64' },
    },
  })
  const chosen = operations.filter(({ name }) => values.only?.split(',').includes(name) ?? true)
  await using cleanUp = new AsyncDisposableStack()
  const fork = (file: string, options = {}) =>
    cleanUp.adopt(forkBench(join(import.meta.dirname, file), options), (child) => void child.kill())

  const community = cleanUp.adopt(await openPhotoCommunity(), (opened) => opened.close())
  const { portico, postgres, connection, secret } = community
  const limit = fork('limit.ts', { connection, secret } satisfies LimitOptions)
  const [port] = await once(limit, 'message')
  const loader = fork('load.ts')
  const contenders: Contender[] = [
    { name: 'LIMIT', url: `http://127.0.0.1:${port}/`, pid: limit.pid ?? 0 },
    { name: 'Portico', url: `${portico.url}/graphql/v1`, pid: portico.pid },
  ]
  const tokens = await signTokens(secret)

  let good = true
  for (const connections of values.connections.split(',').map(Number)) {
    const lines: string[][] = []
    for (const operation of chosen) {
      const requests = requestsOf(operation, tokens)
      await compareAnswers(contenders, requests)
      const amount = { requests, connections, milliseconds: Number(values.seconds) * 1000 }
      const costs = await measureInTurn(contenders, loader, postgres, amount, Number(values.reps))
      const { cells, met } = verdict(operation, costs)
      lines.push(cells)
      good &&= met
    }
    const each = ['node µs', 'pg µs', 'req/s']
    printTable([`${connections} connections`, ...each.map((what) => `LIMIT ${what}`), ...each, 'ratio', 'goal'], lines)
  }
  return good
}

function verdict({ name, about, goal }: Operation, costs: readonly Cost[]): { cells: string[]; met: boolean } {
  const [limit = Number.NaN, portico = Number.NaN] = costs.map(({ node, postgres }) => node + postgres)
  const ratio = limit / portico
  const figures = costs.flatMap(({ node, postgres, perSecond }) => [node, postgres, perSecond])
  const met = ratio >= goal
  return {
    cells: [
      `${name} ${about}`,
      ...figures.map((figure) => figure.toFixed(0)),
      ratio.toFixed(2),
      `${met ? 'met' : 'BELOW'} (${goal.toFixed(2)})`,
    ],
    met,
  }
}
