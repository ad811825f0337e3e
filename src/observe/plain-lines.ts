import type { DestinationStream } from 'pino'

/**
 * Turns the logger's JSON into lines for people whose output is no terminal (a file, a pipe, a process manager):
 * `08:15:30 warn  the message key=value`, with an error's stack on lines of its own.
 */
export function plainLines(write: (text: string) => void): DestinationStream {
  return { write: (line) => write(plainLine(JSON.parse(line) as Line)) }
}

interface Line {
  readonly level: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly stack?: string; readonly message?: string }
  readonly [name: string]: unknown
}

function plainLine({ level, time, msg = '', err, ...rest }: Line): string {
  const data = Object.entries(rest).map(([name, value]) => ` ${name}=${shown(value)}`)
  const stack = err ? `\n${indented(legible(err.stack ?? err.message ?? '', '\n'))}` : ''
  return `${clock(time)} ${level.padEnd(5)} ${legible(msg)}${data.join('')}${stack}\n`
}

function clock(time: number): string {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
}

/** A line of somebody's own is none of the log's, nor are its control characters the terminal's. */
function legible(text: string, newLine = '\n    '): string {
  return text
    .replaceAll(/\r?\n/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('\n', newLine)
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
