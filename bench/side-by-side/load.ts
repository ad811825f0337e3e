/** Sends requests as fast as they are answered, from a process of its own: its work is not the servers'. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

export interface Load {
  readonly url: string
  readonly requests: readonly LoadRequest[]
  readonly connections: number
  /** For so long, and until so many were answered, but no longer than `longest` milliseconds. */
  readonly milliseconds: number
  readonly atLeast: number
  readonly longest: number
}

export interface LoadRequest {
  readonly authorization: string
  /** Undefined for GET. */
  readonly body?: string
  /** What follows the URL, where requests differ in it. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Loaded {
  readonly answered: number
  readonly failed: number
  readonly milliseconds: number
}

process.on('message', async (load: Load) => process.send?.(await run(load)))

async function run({ url, requests, connections, milliseconds, atLeast, longest }: Load): Promise<Loaded> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  let [answered, failed, next, over] = [0, 0, 0, false]

  async function client(): Promise<void> {
    while (!over) {
      const { authorization = '', body, path = '', headers: more } = requests[next++ % requests.length] ?? {}
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { authorization, accept: 'application/json', ...type, ...more }
      const what = body === undefined ? { method: 'GET' as const } : { method: 'POST' as const, body }
      const answer = await pool.request({
        path: path === '' ? pathname : pathname.replace(/\/$/, '') + path,
        headers,
        ...what,
      })
      await answer.body.dump({ limit: 16 * 1024 * 1024 })
      if (answer.statusCode < 300) answered++
      else failed++
    }
  }

  const since = performance.now()
  const clients = Promise.all(Array.from({ length: connections }, client))
  await sleep(milliseconds)
  while (answered + failed < atLeast && performance.now() - since < longest) await sleep(10)
  over = true
  await clients
  const elapsed = performance.now() - since
  await pool.close()
  return { answered, failed, milliseconds: elapsed }
}
