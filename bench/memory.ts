/**
 * Memory of the Node process, idle five seconds after a start of this repository's project: RSS at most 150 MB. PSS
 * (Linux) counts pages shared with other processes by halves. Postgres and the functions' processes are their own.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, printTable, startPortico } from './support/index.ts'

const limit = 150
const idle = 5000

/** @param args how many starts; 3 unless given */
export async function run([count = '3']: string[]): Promise<boolean> {
  const data = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const measured: { rss: number; pss: number | undefined }[] = []
  try {
    for (let n = 0; n < Number(count); n++) {
      const portico = await startPortico('--project', join(import.meta.dirname, '..'), '--data', data)
      await sleep(idle)
      measured.push({ rss: rssOf(portico.pid), pss: pssOf(portico.pid) })
      await portico.stop()
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
  const rss = median(measured.map((each) => each.rss))
  const pss = median(measured.map((each) => each.pss ?? Number.NaN))
  const most = Math.max(...measured.map((each) => each.rss))
  printTable(
    [`memory when idle, ${measured.length} starts`, 'median', 'most', ''],
    [
      ['RSS', megabytes(rss), megabytes(most), `${rss <= limit ? 'pass' : 'FAIL'} (<= ${limit} MB)`],
      ['PSS', megabytes(pss), '', ''],
    ],
  )
  return rss <= limit
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
  return Number.isNaN(value) ? 'unknown' : `${Math.round(value)} MB`
}
