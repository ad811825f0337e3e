import { createFunctionsApp } from '#app'
import { loadConfig } from '#config'
import { PorticoError } from '#errors'
import { createLogger } from '#observe'
import type { ProjectOptions } from '../options.ts'
import { onStopSignal } from '../start/index.ts'
import { runningBackend } from './backend.ts'
import { printLogs } from './logs.ts'

export interface ServeOptions extends ProjectOptions {
  readonly port?: number
  readonly envFile?: string
  readonly verifyJwt?: boolean
}

/** Serves the functions of a project until Ctrl-C. A backend that runs serves them already. */
export async function serveFunctions(options: ServeOptions): Promise<void> {
  const backend = runningBackend(options)
  if (backend) {
    if (options.envFile !== undefined || options.verifyJwt === false) throw servedOtherwise(backend.url)
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
      '(or portico start --env-file FILE), and whether they ask for a token in [functions.NAME] verify_jwt of config.toml.',
  })
}
