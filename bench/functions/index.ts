/**
 * Edge functions against bare Deno, ratios of interleaved runs:
 *
 * - cold: a request to a function without a process, with the pool of booted processes full and empty, against a fresh
 *   `deno run` of the same function, from its start to its first response.
 * - warm: the same function behind Portico, against a bare `deno run` behind a bare undici proxy.
 * - memory of the pool, and how far a function gets beyond its limits before it is ended. Linux only.
 * - neighbours: the delays of a function while another one misbehaves, against those while none does.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { elapsed, median, printTable, type RunningPortico, startPortico } from '../support/index.ts'
import type { Load, Loaded } from './load.ts'
import { attacks, neighbours } from './neighbours.ts'
import { bareDeno, children, forkHere, megabytesOf } from './processes.ts'

const functions = {
  hello: `Deno.serve(() => new Response('Hello World'))`,
  client: `
    import { createClient } from 'npm:@supabase/supabase-js@2'
    const client = createClient('http://localhost', 'key')
    Deno.serve(() => new Response(typeof client.from))`,
  loops: 'Deno.serve(() => { for (;;); })',
  allocates: `Deno.serve(async () => { const kept = []; for (;;) { kept.push(new Uint8Array(8e6).fill(1)); await 0 } })`,
  ...attacks,
}
const limits = { hello: 0.25, client: 0.45, throughput: 0.8, added: 0.15, spare: 20, cpu: 100, memory: 40 }

/** Rounds that are not counted: V8 has compiled what there is to compile after some ten thousand requests. */
const warmUps = 5

export type Row = [what: string, figures: string, verdict: string]

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      reps: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string', default: 'cold,warm,resources,neighbours' },
    },
  })
  const root = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rmSync(root, { recursive: true, force: true }))
  const start = async (spares: number) =>
    cleanUp.adopt(await startPortico(...project(join(root, `spares-${spares}`), spares)), (portico) => portico.stop())
  const full = await start(2)
  const parts: Record<string, () => Promise<Row[]>> = {
    cold: async () => await cold(full, await start(0), root, Number(values.reps)),
    warm: () => warm(full, root, Number(values.seconds) * 1000),
    resources: () => resources(full),
    neighbours: () => neighbours(full),
  }
  const rows: Row[] = []
  for (const name of values.only.split(',')) rows.push(...((await parts[name]?.()) ?? []))
  printTable(['functions', '', ''], rows)
  return rows.every(([, , verdict]) => !verdict.startsWith('FAIL'))
}

/** A project on disk; its functions are open to all, and leave after half a second. */
function project(folder: string, spares: number): string[] {
  const open = Object.keys(functions).map((name) => `[functions.${name}]\nverify_jwt = false\n`)
  const runtime = `[edge_runtime]\nspare_workers = ${spares}\nidle_timeout = "500ms"\n`
  for (const [name, source] of Object.entries(functions)) {
    mkdirSync(join(folder, 'supabase/functions', name), { recursive: true })
    writeFileSync(join(folder, 'supabase/functions', name, 'index.ts'), source)
  }
  writeFileSync(join(folder, 'supabase/config.toml'), `project_id = "bench"\n${runtime}${open.join('')}`)
  return ['--project', folder, '--data', join(folder, 'data'), '--production']
}

/** The very file that Portico loads, so that both have the same to compile. */
function bundleOf(root: string, name: string): string {
  return join(root, 'spares-2/data/functions/bundles', name, 'functions', name, 'index.js')
}

async function ask({ url }: RunningPortico, name: string): Promise<void> {
  const response = await fetch(`${url}/functions/v1/${name}`)
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${name} answers ${response.status}`)
}

async function idle({ pid }: RunningPortico, spares: number): Promise<void> {
  while (children(pid, 'deno').length !== spares) await sleep(20)
  await sleep(100)
}

async function cold(full: RunningPortico, empty: RunningPortico, root: string, reps: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of ['hello', 'client'] as const) {
    await ask(full, name)
    const times = { full: [] as number[], empty: [] as number[], deno: [] as number[] }
    for (let rep = -1; rep < reps; rep++) {
      const measured = {
        deno: await elapsed(async () => {
          const deno = await bareDeno(bundleOf(root, name))
          deno.stop()
        }),
        full: await idle(full, 2).then(() => elapsed(() => ask(full, name))),
        empty: await idle(empty, 0).then(() => elapsed(() => ask(empty, name))),
      }
      // The first time fills caches.
      if (rep >= 0) for (const key of ['full', 'empty', 'deno'] as const) times[key].push(measured[key])
    }
    const [deno, withPool, without] = [times.deno, times.full, times.empty].map(median) as [number, number, number]
    rows.push([`deno run ${name}`, `${deno.toFixed(0)} ms`, ''])
    rows.push([`cold ${name}, pool full`, ...judged(withPool / deno, limits[name], ` (${withPool.toFixed(1)} ms)`)])
    rows.push([`cold ${name}, pool empty`, `${(without / deno).toFixed(2)} (${without.toFixed(0)} ms)`, ''])
  }
  return rows
}

async function warm(portico: RunningPortico, root: string, milliseconds: number): Promise<Row[]> {
  await using cleanUp = new AsyncDisposableStack()
  // What both serve is bundled with the first call.
  await ask(portico, 'hello')
  const bare = await bareDeno(bundleOf(root, 'hello'))
  cleanUp.defer(() => bare.stop())
  const proxy = await forkHere('proxy.ts', String(bare.port))
  cleanUp.defer(() => void proxy.child.kill())
  const loader = await forkHere('load.ts')
  cleanUp.defer(() => void loader.child.kill())
  const urls = { proxy: `http://127.0.0.1:${proxy.message}/`, portico: `${portico.url}/functions/v1/hello` }
  const results: Record<string, { rates: number[]; p50s: number[] }> = {}
  for (let rep = -warmUps; rep < 5; rep++) {
    for (const [name, url] of rep % 2 ? Object.entries(urls) : Object.entries(urls).reverse()) {
      for (const connections of [16, 1]) {
        const { answered, p50 } = await loader.ask<Load, Loaded>({ url, connections, milliseconds: milliseconds / 2 })
        results[name] ??= { rates: [], p50s: [] }
        if (rep < 0) continue
        if (connections === 16) results[name].rates.push(answered / (milliseconds / 2000))
        else results[name].p50s.push(p50)
      }
    }
  }
  const rate = (name: string) => median(results[name]?.rates ?? [])
  const added = median(results.portico?.p50s ?? []) - median(results.proxy?.p50s ?? [])
  return [
    ['warm, bare undici proxy', `${rate('proxy').toFixed(0)} requests/s`, ''],
    ['warm, 16 connections', ...judgedAbove(rate('portico') / rate('proxy'), limits.throughput, rate('portico'))],
    ['p50 added, 1 connection', ...judged(added, limits.added, ' ms')],
  ]
}

async function resources(portico: RunningPortico): Promise<Row[]> {
  await idle(portico, 2)
  const spares = children(portico.pid, 'deno').map(megabytesOf)
  for (const name of ['loops', 'allocates']) await fetch(`${portico.url}/functions/v1/${name}`).then((r) => r.text())
  await sleep(1500)
  const query =
    '{ porticoInvocationCollection(filter: { status: { eq: 546 } }) { edges { node { function cpuMs peakMb } } } }'
  const response = await fetch(`${portico.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: secretKeyOf(portico) },
    body: JSON.stringify({ query }),
  })
  type Used = { node: { function: string; cpuMs: number; peakMb: number } }
  const { data } = (await response.json()) as { data: { porticoInvocationCollection: { edges: Used[] } } }
  const used = (name: string) => data.porticoInvocationCollection.edges.find(({ node }) => node.function === name)?.node
  return [
    ['memory of an idle function', '0 MB', `pass: ${spares.length} processes, all of the pool`],
    ['memory of a pooled process', ...judged(Math.max(...spares), limits.spare, ' MB')],
    ['processor time beyond 2,000 ms', ...judged((used('loops')?.cpuMs ?? Number.NaN) - 2000, limits.cpu, ' ms')],
    ['memory beyond 256 MB', ...judged((used('allocates')?.peakMb ?? Number.NaN) - 256, limits.memory, ' MB')],
  ]
}

/** A backend in production does not print it; the one who started it may ask. */
function secretKeyOf({ facts }: RunningPortico): string {
  const words = ['status', '--data', facts.data ?? '', '-o', 'json']
  const launcher = join(import.meta.dirname, '../../bin/portico.js')
  const printed = execFileSync(process.execPath, [launcher, ...words], { encoding: 'utf8' })
  return (JSON.parse(printed) as Record<string, string>).SERVICE_ROLE_KEY ?? ''
}

function judged(value: number, limit: number, unit: string): [string, string] {
  return [`${value.toFixed(2)}${unit}`, `${value <= limit ? 'pass' : 'FAIL'} (<= ${limit})`]
}

function judgedAbove(value: number, limit: number, rate: number): [string, string] {
  return [`${value.toFixed(2)} (${rate.toFixed(0)} requests/s)`, `${value >= limit ? 'pass' : 'FAIL'} (>= ${limit})`]
}
