import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '#config'
import { type Holder, readHolder } from '#database'
import { errorMessage, PorticoError } from '#errors'
import { labelled } from '../facts.ts'
import type { StartOptions } from './start.ts'
import { printableFacts } from './summary.ts'

const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants

/**
 * Starts the backend in a process of its own and returns once it serves: as `supabase start` does. One that runs already
 * is told of. What it prints goes to `portico.log` in the data folder, anew with each start.
 */
export async function startDetached(options: StartOptions): Promise<void> {
  if (options.ephemeral) throw wrong('What is --ephemeral would not be found again: --detach needs a data folder.')
  const { dataFolder, managed, mode } = await loadConfig({ ...options, env: process.env })
  if (managed)
    throw wrong('In front of a Supabase elsewhere there is no data folder to be found by: leave --detach out.')

  const tell = (holder: Holder, first: string, last: string) => {
    if (options.json)
      return console.log(
        JSON.stringify({ kind: 'ready', mode, data: dataFolder, ...printableFacts(holder.facts, mode) }),
      )
    const facts = labelled(printableFacts(holder.facts, mode)).map((line) => `  ${line}`)
    console.log([first, '', ...facts, '', `  ${last}`].join('\n'))
  }
  const running = readHolder(dataFolder)
  if (running?.facts.API_URL !== undefined) {
    return tell(running, `Portico runs already: process ${running.pid} since ${running.since}`, 'portico stop ends it.')
  }

  const log = join(dataFolder, 'portico.log')
  const child = begin(dataFolder, log)
  const holder = await served(child, dataFolder)
  if (!holder) {
    process.stderr.write(readFileSync(log, 'utf8'))
    process.exitCode = 1
    return
  }
  child.unref()
  tell(holder, `Portico runs: process ${holder.pid}`, `portico stop ends it. It writes to ${log}`)
}

/** The same command line, without the wish to be detached, in a session of its own: no terminal ends it. */
function begin(dataFolder: string, log: string): ChildProcess {
  const file = openLog(dataFolder, log)
  const words = process.argv.slice(1).filter((word) => word !== '--detach' && word !== '-d')
  try {
    return spawn(process.execPath, ['--', ...words], { detached: true, stdio: ['ignore', file, file] })
  } finally {
    closeSync(file)
  }
}

function openLog(dataFolder: string, log: string): number {
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    return openSync(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
  } catch (cause) {
    throw wrong(`The data folder ${dataFolder} cannot be used: ${errorMessage(cause)}.`)
  }
}

/** What it serves, once it does; undefined if it ends before. Ctrl-C meanwhile ends it, too. */
async function served(child: ChildProcess, dataFolder: string): Promise<Holder | undefined> {
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  child.once('error', () => {
    ended = true
  })
  const stop = () => child.kill('SIGTERM')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  try {
    while (!ended) {
      const holder = readHolder(dataFolder)
      if (holder?.pid === child.pid && holder?.facts.API_URL !== undefined) return holder
      await sleep(50)
    }
    return undefined
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
  }
}

function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
