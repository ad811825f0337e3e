import { createFunctionsApp } from '#app'
import { loadConfig } from '#config'
import { PorticoError } from '#errors'
import { createLogger } from '#observe'
import { runningBackend } from '../backend.ts'
import type { ProjectOptions } from '../options.ts'
import { onStopSignal } from '../start/index.ts'
import { printLogs } from './logs.ts'

export interface ServeOptions extends ProjectOptions {
  readonly port?: number
  readonly envFile?: string
  readonly importMap?: string
  /** As Supabase's CLI has them; there is no inspector here. */
  readonly inspect?: boolean
  readonly inspectMode?: string
  readonly inspectMain?: boolean
  readonly verifyJwt?: boolean
}

/** Serves the functions of a project until Ctrl-C. A backend that runs serves them already. */
export async function serveFunctions(options: ServeOptions): Promise<void> {
  if (options.inspect || options.inspectMode !== undefined || options.inspectMain) throw withoutInspector()
  const backend = runningBackend(options)
  if (backend) {
    const { envFile, importMap, verifyJwt } = options
    if (envFile !== undefined || importMap !== undefined || verifyJwt === false) throw servedOtherwise(backend.url)
    console.log(`They are served at ${backend.url}/functions/v1 by the running backend. Their logs:`)
    return await printLogs(backend, undefined, { follow: true })
  }
  const config = await loadConfig({ ...options, env: process.env })
  const observe = await createLogger({ form: process.stdout.isTTY ? 'terminal' : 'plain' })
  const app = await createFunctionsApp(config, observe)
  console.log(`${app.url}/functions/v1`)
  await new Promise<void>((resolve) => onStopSignal({ first: () => resolve(), again: () => process.exit(130) }))
  await app.close()
}

function servedOtherwise(url: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message:
      `The running backend serves the functions, at ${url}/functions/v1. Their variables stand in supabase/functions/.env ` +
      '(or portico start --env-file FILE); whether they ask for a token, and their import map, in [functions.NAME] of config.toml.',
  })
}

function withoutInspector(): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message:
      'Functions run without an inspector: it would open them to every program of this machine. What they log is printed here, ' +
      'with the lines of their sources.',
  })
}
