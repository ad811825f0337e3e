import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { LogLine } from '#functions'
import { type Backend, backendOf, operate } from '../backend.ts'
import { pc } from '../colours.ts'
import type { ProjectOptions } from '../options.ts'

export interface LogsOptions extends ProjectOptions {
  readonly follow?: boolean
  readonly json?: boolean
}

export async function showLogs(name: string | undefined, options: LogsOptions): Promise<void> {
  await printLogs(backendOf(options), name, options)
}

/** Prints what functions wrote; with `follow`, until the backend ends. */
export async function printLogs(
  backend: Backend,
  name: string | undefined,
  { follow = false, json = false }: Pick<LogsOptions, 'follow' | 'json'>,
): Promise<void> {
  const query = new URLSearchParams({ ...(name !== undefined && { function: name }), ...(follow && { follow: '1' }) })
  const { body } = await operate(backend, `/logs?${query}`)
  if (!body) return
  const lines = createInterface({ input: Readable.fromWeb(body as WebStream) })
  let count = 0
  try {
    for await (const line of lines) {
      count += 1
      console.log(json ? line : readable(JSON.parse(line) as LogLine, name === undefined))
    }
    if (count === 0) console.error(`${name ?? 'No function'} has written nothing since the backend started.`)
  } catch {
    console.error('The backend has ended.')
  }
}

const colours = { debug: pc.dim, info: pc.cyan, warn: pc.yellow, error: pc.red }

function readable({ at, name, level, message }: LogLine, named: boolean): string {
  return [pc.dim(at.slice(11, 23)), colours[level](level.padEnd(5)), ...(named ? [pc.bold(name)] : []), message].join(
    ' ',
  )
}
