/**
 * Six requests of the Data API over a million rows, answered by Portico as it runs in production, through its HTTP door,
 * and by the reference (limit.ts): bare node:http and hand-written SQL on the same database. What counts is the
 * processor time of Node and of its sessions in Postgres a request: 1.00 is as good as hand-written.
 *
 * Linux only: processor time comes from /proc.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { forkBench } from '../graphql/fork.ts'
import type { LimitOptions } from '../graphql/limit-options.ts'
import type { LoadRequest } from '../graphql/load.ts'
import { type Contender, type Cost, measureInTurn } from '../graphql/measure.ts'
import { openPhotoCommunity } from '../graphql/photo-community.ts'
import { signTokens } from '../graphql/requests.ts'
import { printTable } from '../support/index.ts'
import { type Operation, operations } from './operations.ts'

/** The reference's processor time by Portico's. */
const goal = 0.85

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
  const fork = (file: string, options = {}) => cleanUp.adopt(forkBench(file, options), (child) => void child.kill())

  const community = cleanUp.adopt(await openPhotoCommunity(), (opened) => opened.close())
  const { portico, postgres, connection, secret } = community
  const limit = fork(join(import.meta.dirname, 'limit.ts'), { connection, secret } satisfies LimitOptions)
  const [port] = await once(limit, 'message')
  const loader = fork(join(import.meta.dirname, '../graphql/load.ts'))
  const contenders: Contender[] = [
    { name: 'LIMIT', url: `http://127.0.0.1:${port}`, pid: limit.pid ?? 0 },
    { name: 'Portico', url: `${portico.url}/rest/v1`, pid: portico.pid },
  ]
  const tokens = await signTokens(secret)

  let good = true
  for (const connections of values.connections.split(',').map(Number)) {
    const lines: string[][] = []
    for (const operation of chosen) {
      const requests = requestsOf(operation, tokens)
      await compareAnswers(contenders, operation, requests)
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

function requestsOf({ path, headers, body }: Operation, tokens: readonly string[]): LoadRequest[] {
  // A thousand rows weigh much; few such requests will do.
  const count = path(0) === path(1) && body ? 50 : 200
  return Array.from({ length: count }, (_, n) => ({
    authorization: tokens[n % tokens.length] ?? '',
    path: path(n),
    ...(headers && { headers }),
    ...(body && { body: body(n, (n % tokens.length) + 1) }),
  }))
}

/** Speed is worth nothing where answers differ. @throws Error showing both */
async function compareAnswers(
  contenders: readonly Contender[],
  { free = [] }: Operation,
  requests: readonly LoadRequest[],
): Promise<void> {
  for (const { authorization, path, headers, body } of requests.slice(0, 3)) {
    const [first, ...others] = await Promise.all(
      contenders.map(async ({ url }) => {
        const type = body === undefined ? {} : { 'content-type': 'application/json' }
        const answer = await fetch(`${url}${path}`, {
          headers: { authorization, accept: 'application/json', ...type, ...headers },
          ...(body !== undefined && { method: 'POST', body }),
        })
        const text = (await answer.text()) || 'null'
        return [answer.status, JSON.parse(text, (key, value) => (free.includes(key) ? '' : value))] as const
      }),
    )
    const other = others.find((answer) => !isDeepStrictEqual(answer, first))
    if (!other) continue
    const [one, two] = [first, other].map((answer) => JSON.stringify(answer).slice(0, 1000))
    throw new Error(`The answers to ${path} differ:\n${one}\n${two}`)
  }
}

function verdict({ name, about }: Operation, costs: readonly Cost[]): { cells: string[]; met: boolean } {
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
