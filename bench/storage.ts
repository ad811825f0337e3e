/**
 * Storage against bare node:http servers that do the least: stream the same file, or write a body and fsync it. Downloads
 * of 1 and 64 MiB at least 0.8 of the bare one's rate, uploads of 64 MiB at least 0.7; a cached image of another size at
 * least 0.8 of a plain download of as many bytes; and the memory of 20 uploads of 200 MiB at once, at most 120 MB above
 * that of the idle process. Rates are medians of interleaved runs.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { elapsed, median, printTable, type RunningPortico, startPortico } from './support/index.ts'

const mebibyte = 1024 * 1024
const agent = new Agent({ keepAlive: true })

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: { reps: { type: 'string' }, uploads: { type: 'string' }, size: { type: 'string' } },
  })
  const reps = Number(values.reps ?? 9)
  const [uploads, size] = [Number(values.uploads ?? 20), Number(values.size ?? 200)]
  const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  mkdirSync(join(folder, 'supabase'))
  writeFileSync(join(folder, 'supabase', 'config.toml'), '[storage]\nfile_size_limit = "1GiB"\n')
  const bare = await startBare(folder)
  try {
    const rows = await withPortico(folder, (portico) => rates(portico, bare, folder, reps))
    const memory = await withPortico(folder, (portico) => memoryOfUploads(portico, uploads, size))
    printTable(
      [`${reps} runs each, medians`, 'bare', 'Portico', 'ratio', ''],
      rows.map(({ name, bare, portico, least }) => {
        const ratio = bare / portico
        const verdict = `${ratio >= least ? 'pass' : 'FAIL'} (>= ${least})`
        return [name, `${bare.toFixed(1)} ms`, `${portico.toFixed(1)} ms`, ratio.toFixed(2), verdict]
      }),
    )
    const most = 120
    printTable(
      ['memory', 'idle', 'peak', 'above', ''],
      [
        [
          `${uploads} uploads of ${size} MiB at once`,
          `${memory.idle} MB`,
          `${memory.peak} MB`,
          `${memory.peak - memory.idle} MB`,
          `${memory.peak - memory.idle <= most ? 'pass' : 'FAIL'} (<= ${most} MB)`,
        ],
      ],
    )
    return rows.every(({ bare, portico, least }) => bare / portico >= least) && memory.peak - memory.idle <= most
  } finally {
    agent.destroy()
    bare.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A process of its own for each measurement: what one left in memory is not the idle state of the next. */
async function withPortico<T>(folder: string, measure: (portico: RunningPortico) => Promise<T>): Promise<T> {
  const portico = await startPortico('--project', folder, '--ephemeral')
  try {
    return await measure(portico)
  } finally {
    await portico.stop()
  }
}

/** Runs that are not counted: the first ones run code that is not compiled yet. */
const warmUps = 4

interface Rate {
  readonly name: string
  /** Milliseconds. */
  readonly bare: number
  readonly portico: number
  readonly least: number
}

async function rates(portico: RunningPortico, bare: Bare, folder: string, reps: number): Promise<Rate[]> {
  const headers = { authorization: `Bearer ${portico.facts.SERVICE_ROLE_KEY}` }
  const api = `${portico.url}/storage/v1`
  await createBucket(portico)
  const stored = async (name: string, body: Buffer, type = 'application/octet-stream') => {
    writeFileSync(join(folder, name), body)
    await send('POST', `${api}/object/b/${name}`, body, { ...headers, 'content-type': type })
  }
  await stored('1', randomBytes(mebibyte))
  await stored('64', randomBytes(64 * mebibyte))
  const pixels = { width: 1600, height: 1200, channels: 3 } as const
  await stored(
    'photo',
    await sharp(randomBytes(1600 * 1200 * 3), { raw: pixels })
      .jpeg()
      .toBuffer(),
    'image/jpeg',
  )
  const image = `${api}/render/image/public/b/photo?width=1200&quality=80`
  await stored('image', await receive(image))

  const body = randomBytes(64 * mebibyte)
  let n = 0
  const compared: [name: string, least: number, bare: () => Promise<unknown>, portico: () => Promise<unknown>][] = [
    ['download 1 MiB, eight times', 0.8, ...times(8, `${bare.url}/1`, `${api}/object/public/b/1`)],
    ['download 64 MiB', 0.8, ...times(1, `${bare.url}/64`, `${api}/object/public/b/64`)],
    [
      'upload 64 MiB',
      0.7,
      () => send('PUT', `${bare.url}/up-${n++}`, body, {}),
      () => send('POST', `${api}/object/b/up-${n++}`, body, headers),
    ],
    // Here it is the plain download that is the measure.
    ['cached image, eight times', 0.8, ...times(8, `${api}/object/public/b/image`, image)],
  ]
  const taken = compared.map(() => ({ bare: [] as number[], portico: [] as number[] }))
  for (let rep = -warmUps; rep < reps; rep++) {
    for (const [index, [, , bare, portico]] of compared.entries()) {
      const turns = [
        async () => [taken[index]?.bare, await elapsed(bare)] as const,
        async () => [taken[index]?.portico, await elapsed(portico)] as const,
      ]
      // Whoever comes second pays for what the first left to be collected, or to be written.
      if (rep % 2) turns.reverse()
      for (const turn of turns) {
        const [times, ms] = await turn()
        if (rep >= 0) times?.push(ms)
      }
    }
  }
  return compared.map(([name, least], index) => ({
    name,
    least,
    bare: median(taken[index]?.bare ?? []),
    portico: median(taken[index]?.portico ?? []),
  }))
}

async function createBucket({ url, facts }: RunningPortico): Promise<void> {
  const headers = { authorization: `Bearer ${facts.SERVICE_ROLE_KEY}`, 'content-type': 'application/json' }
  await send('POST', `${url}/storage/v1/bucket`, Buffer.from(JSON.stringify({ name: 'b', public: true })), headers)
}

function times(count: number, ...urls: [string, string]): [() => Promise<void>, () => Promise<void>] {
  const repeated = (url: string) => async () => {
    for (let i = 0; i < count; i++) await read(url)
  }
  return [repeated(urls[0]), repeated(urls[1])]
}

async function receive(url: string): Promise<Buffer> {
  return Buffer.concat(await (await ask(url)).toArray())
}

/** Reads an answer to its end and keeps nothing of it, so that it is the server that is measured. */
async function read(url: string): Promise<void> {
  const answer = await ask(url)
  answer.resume()
  await once(answer, 'end')
}

async function ask(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`${url} answers ${answer.statusCode}`)
  return answer
}

async function send(method: string, url: string, body: Buffer, headers: Record<string, string>): Promise<void> {
  const asked = request(url, { method, agent, headers: { ...headers, 'content-length': body.length } }).end(body)
  const [answer] = await once(asked, 'response')
  await answer.toArray()
  if (answer.statusCode !== 200) throw new Error(`${url} answers ${answer.statusCode}`)
}

/** RSS in MB: the largest that is seen while many uploads run. */
async function memoryOfUploads(portico: RunningPortico, uploads: number, size: number) {
  await createBucket(portico)
  const rss = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(portico.pid)], { encoding: 'utf8' })) / 1024
  await sleep(2000)
  const idle = rss()
  let peak = idle
  const watch = setInterval(() => {
    peak = Math.max(peak, rss())
  }, 250)
  const chunk = randomBytes(mebibyte)
  const headers = { authorization: `Bearer ${portico.facts.SERVICE_ROLE_KEY}`, 'content-length': size * mebibyte }
  await Promise.all(
    Array.from({ length: uploads }, async (_, i) => {
      const asked = request(`${portico.url}/storage/v1/object/b/large-${i}`, { method: 'POST', headers })
      const answered = once(asked, 'response')
      for (let n = 0; n < size; n++) if (!asked.write(chunk)) await once(asked, 'drain')
      asked.end()
      const [answer] = await answered
      await answer.toArray()
      if (answer.statusCode !== 200) throw new Error(`an upload answers ${answer.statusCode}`)
    }),
  )
  clearInterval(watch)
  return { idle: Math.round(idle), peak: Math.round(peak) }
}

interface Bare {
  readonly url: string
  stop(): void
}

/** In a process of its own, as Portico is. */
async function startBare(folder: string): Promise<Bare> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', bareServer, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = await once(child.stdout, 'data')
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => void child.kill('SIGKILL') }
}

const bareServer = `
  import { createReadStream, createWriteStream, openSync, fsyncSync, statSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { join } from 'node:path'
  import { pipeline } from 'node:stream/promises'
  const folder = process.argv.at(-1)
  const server = createServer(async (req, res) => {
    const path = join(folder, req.url.slice(1))
    if (req.method === 'GET') {
      res.setHeader('content-length', statSync(path).size)
      return await pipeline(createReadStream(path), res)
    }
    const fd = openSync(path, 'w')
    await pipeline(req, createWriteStream('', { fd, autoClose: false }))
    fsyncSync(fd)
    res.end('done')
  }).listen(0, '127.0.0.1', () => console.log(server.address().port))
`
