import { setTimeout as sleep } from 'node:timers/promises'
import { type Holder, readHolder } from '#database'
import { PorticoError } from '#errors'
import { dataFolderOf } from '../data-folder.ts'
import type { ProjectOptions } from '../options.ts'

/** Milliseconds that a clean stop takes besides what requests in flight have; asked twice, a process ends at once. */
const clean = 5_000
const forced = 3_000

/** Milliseconds that requests in flight have, of a backend that is still starting. */
const usualGrace = 4_000

export interface StopOptions extends ProjectOptions {
  /** `false`: asked for by those who know it from Supabase's CLI, where it throws the data away. */
  readonly backup?: boolean
  /** The backends of all projects: not known here. */
  readonly all?: boolean
}

/** Asks the process that holds the data folder to stop, and waits until the folder is free. */
export async function stop(options: StopOptions): Promise<void> {
  if (options.all) {
    throw new PorticoError('BAD_USER_INPUT', {
      message: 'Each backend is stopped by itself: portico stop --project FOLDER.',
    })
  }
  const folder = dataFolderOf(options)
  // Nobody but a living Portico holds the folder's lock, so the process id is not somebody else's by now.
  const holder = readHolder(folder)
  // What is wanted is so already: a script that stops and starts goes on.
  if (!holder) return console.log(`Nothing runs on ${folder}.`)
  const grace = Number(holder.facts.grace ?? usualGrace)
  for (const patience of [grace + clean, forced]) {
    ask(holder)
    if (await released(folder, holder, patience)) {
      console.log(`Stopped process ${holder.pid}.`)
      if (options.backup === false) console.log(`Its data stays. To throw it away, remove ${folder}`)
      return
    }
  }
  throw new PorticoError('DATA_FOLDER_BUSY', { message: `Process ${holder.pid} does not stop.` })
}

function ask({ pid }: Holder): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    // It has just ended by itself.
    if (error.code === 'ESRCH') return
    throw new PorticoError('DATA_FOLDER_BUSY', {
      message: `Process ${pid} belongs to another user and cannot be stopped from here.`,
      cause: error,
    })
  }
}

async function released(folder: string, { pid }: Holder, patience: number): Promise<boolean> {
  for (let waited = 0; waited < patience; waited += 50) {
    if (readHolder(folder)?.pid !== pid) return true
    await sleep(50)
  }
  return false
}
