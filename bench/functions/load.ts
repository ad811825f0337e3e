/** Sends requests as fast as they are answered, from a process of its own: its work is not the servers'. */
import { Pool } from 'undici'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly milliseconds: number
}

export interface Loaded {
  readonly answered: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

process.on('message', async (load: Load) => process.send?.(await run(load)))
process.send?.('ready')

async function run({ url, connections, milliseconds }: Load): Promise<Loaded> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const times: number[] = []
  const end = performance.now() + milliseconds

  async function client(): Promise<void> {
    while (performance.now() < end) {
      const since = performance.now()
      const { statusCode, body } = await pool.request({ path: pathname, method: 'GET' })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`)
      times.push(performance.now() - since)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  await pool.close()
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)] ?? Number.NaN
  return { answered: times.length, p50: at(0.5), p99: at(0.99) }
}
