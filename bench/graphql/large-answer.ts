import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from '../side-by-side/index.ts'
import { elapsed, printTable } from '../support/index.ts'
import { largeAnswer } from './operations/index.ts'

/** Of the answer's own size, above the process at rest: whoever holds it as a whole needs more. */
const most = 0.5
/** Milliseconds after which a process is at rest. */
const rest = 1000

/** Asks each contender for it, twice, and prints the most memory that its process had meanwhile. */
export async function measureLargeAnswer(contenders: readonly Contender[], authorization: string): Promise<boolean> {
  const rows: string[][] = []
  let met = true
  for (const { name, url, pid } of contenders.filter(({ name }) => name !== 'PostGraphile')) {
    for (const time of ['asked at first', 'asked again']) {
      await sleep(rest)
      const before = memoryOf(pid, 'VmRSS')
      forgetPeak(pid)
      let bytes = 0
      const ms = await elapsed(async () => {
        bytes = await receive(url, authorization)
      })
      const [size, peak] = [bytes / 2 ** 20, memoryOf(pid, 'VmHWM')]
      const isSmall = peak - before <= most * size
      met &&= isSmall || name !== 'Portico'
      const figures = [size, before, peak, peak - before].map((mib) => `${mib.toFixed(0)} MiB`)
      const goal = name === 'Portico' ? `${isSmall ? 'met' : 'ABOVE'} (<= ${(most * size).toFixed(0)} MiB)` : ''
      rows.push([`L1 ${name}, ${time}`, ...figures, `${(ms / 1000).toFixed(1)} s`, goal])
    }
  }
  printTable(['memory (RSS)', 'answer', 'before', 'peak', 'above', 'took', 'goal'], rows)
  return met
}

async function receive(url: string, authorization: string): Promise<number> {
  const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' }
  const body = JSON.stringify({ query: largeAnswer.document })
  const answer = await fetch(url, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  let bytes = 0
  for await (const chunk of answer.body ?? []) bytes += chunk.length
  return bytes
}

/** MiB, of a line of /proc/PID/status. */
function memoryOf(pid: number, line: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${line}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024
}

/** From now on, the peak is that of what follows (proc(5), clear_refs). */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
