/** Sends requests as fast as they are answered, from a process of its own: its work is not the servers'. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

export interface Load {
  readonly url: string
  readonly requests: readonly { readonly authorization: string; readonly body: string }[]
  readonly connections: number
  /** For so long, and until so many were answered, but never longer than ten seconds. */
  readonly milliseconds: number
  readonly atLeast: number
}

export interface Loaded {
  readonly answered: number
  readonly failed: number
  readonly milliseconds: number
}

process.on('message', async (load: Load) => process.send?.(await run(load)))

const longest = 10_000

async function run({ url, requests, connections, milliseconds, atLeast }: Load): Promise<Loaded> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  let [answered, failed, next, over] = [0, 0, 0, false]

  async function client(): Promise<void> {
    while (!over) {
      const { authorization = '', body = '' } = requests[next++ % requests.length] ?? {}
      const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' }
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body })
      await answer.body.dump({ limit: 16 * 1024 * 1024 })
      if (answer.statusCode === 200) answered++
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
