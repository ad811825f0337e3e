import { inspect } from 'node:util'
import { errorMessage, isPorticoError } from '#errors'
import { pc } from './colours.ts'

export interface FailureStyle {
  /** With stack and causes. */
  readonly verbose: boolean
  /** As a JSON line on standard output. */
  readonly json: boolean
}

/** Tells why a command failed, and has the process end with status 1. */
export function fail(error: unknown, { verbose, json }: FailureStyle): void {
  process.exitCode = 1
  if (json) {
    const { code, details } = isPorticoError(error) ? error : { code: 'INTERNAL_SERVER_ERROR', details: {} }
    console.log(JSON.stringify({ kind: 'error', code, message: errorMessage(error), details }))
    return
  }
  console.error(failureText(error))
  if (verbose) console.error(pc.dim(inspect(error, { depth: 4 })))
}

/** The error for a person: what happened, and whatever of its details the message does not say already. */
function failureText(error: unknown): string {
  const message = errorMessage(error)
  if (!isPorticoError(error)) {
    return `${pc.red('error:')} ${message}\n${pc.dim('This is a bug or an odd machine; --verbose tells more.')}`
  }
  const details = Object.entries(error.details)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .filter(([, value]) => !message.includes(String(value)))
    .map(([name, value]) => `  ${name}: ${value}`)
  return [`${pc.red('error:')} ${message}`, ...details].join('\n')
}

/** Node warns of features that Portico uses on purpose (node:sqlite); other warnings still show. */
export function quietExperiments(): void {
  const listeners = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const listener of listeners) listener(warning)
  })
}
