/**
 * Memory of the Node process, idle five seconds after a start of this repository's project: RSS at most 150 MB, the most of
 * all starts. Each folder is started twice: the first start makes the database, runs migrations and seed and delivers its
 * events. The last folder is a newcomer's, right after `npm ci`: no module is compiled yet. PSS (Linux) counts pages shared
 * with other processes by halves. Postgres and the functions' processes are their own.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { printTable, startPortico } from './support/index.ts'

const limit = 150
const idle = 5000
const project = join(import.meta.dirname, '..')

interface Measured {
  readonly start: string
  /** Megabytes. */
  readonly rss: number
  readonly pss: number | undefined
}

/** @param args how many folders whose modules are compiled already; 2 unless given */
export async function run([count = '2']: string[]): Promise<boolean> {
  const measured: Measured[] = []
  for (let n = 0; n < Number(count); n++) measured.push(...(await startsOf('a new folder')))
  const compiled = temporaryFolder()
  process.env.NODE_COMPILE_CACHE = compiled
  try {
    measured.push(...(await startsOf('nothing compiled')))
  } finally {
    delete process.env.NODE_COMPILE_CACHE
    rmSync(compiled, { recursive: true, force: true })
  }
  const most = Math.max(...measured.map(({ rss }) => rss))
  printTable(
    ['memory when idle', 'RSS', 'PSS'],
    [
      ...measured.map(({ start, rss, pss }) => [start, megabytes(rss), pss === undefined ? '' : megabytes(pss)]),
      ['the most', megabytes(most), `${most <= limit ? 'pass' : 'FAIL'} (<= ${limit} MB)`],
    ],
  )
  return most <= limit
}

/** The first start of a folder, and the next one. */
async function startsOf(name: string): Promise<readonly Measured[]> {
  const data = temporaryFolder()
  try {
    const first = await idleMemory(data)
    return [
      { start: `${name}, first start`, ...first },
      { start: `${name}, later start`, ...(await idleMemory(data)) },
    ]
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

async function idleMemory(data: string): Promise<Pick<Measured, 'rss' | 'pss'>> {
  const portico = await startPortico('--project', project, '--data', data)
  try {
    await sleep(idle)
    return { rss: rssOf(portico.pid), pss: pssOf(portico.pid) }
  } finally {
    await portico.stop()
  }
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'portico-bench-'))
}

function rssOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
}

function pssOf(pid: number): number | undefined {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024
  } catch {
    return undefined
  }
}

function megabytes(value: number): string {
  return `${Math.round(value)} MB`
}
