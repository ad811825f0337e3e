import { loadConfig } from '#config'
import { PorticoError } from '#errors'
import { findFunctions, packFunction } from '#functions'
import { operate, type TargetOptions, targetOf } from '../backend.ts'
import { pc } from '../colours.ts'

export type DeployOptions = TargetOptions

export interface RollbackOptions extends TargetOptions {
  readonly to?: number
}

/** Bundles functions here, and hands each to the backend, which switches to it at once. The first that fails ends it. */
export async function deployFunctions(names: readonly string[], options: DeployOptions): Promise<void> {
  const { url: _, plainHttp: __, ...project } = options
  const config = await loadConfig({ ...project, env: process.env })
  if (config.managed) throw notOurs(config.managed.url)
  const target = targetOf(options)
  const chosen = names.length > 0 ? names : [...findFunctions(config).keys()]
  for (const name of chosen) {
    const content = await packFunction(name, config)
    const init = { method: 'PUT', body: JSON.stringify(content) }
    const { version } = (await (await operate(target, `/functions/${name}`, init)).json()) as { version: number }
    console.log(`${pc.green('deployed')}  ${name}, version ${version}`)
  }
}

export async function rollBackFunction(name: string, { to, ...options }: RollbackOptions): Promise<void> {
  const query = to === undefined ? '' : `?to=${to}`
  const path = `/functions/${encodeURIComponent(name)}/rollback${query}`
  const { version } = (await (await operate(targetOf(options), path, { method: 'POST' })).json()) as { version: number }
  console.log(`${pc.green('rolled back')}  ${name}, to version ${version}`)
}

function notOurs(url: string): PorticoError {
  const [, ref] = /^https:\/\/([a-z]+)\.supabase\.co$/.exec(url) ?? []
  const line = `supabase functions deploy NAME${ref === undefined ? '' : ` --project-ref ${ref}`}`
  return new PorticoError('BAD_USER_INPUT', {
    message: `The functions of ${url} are run there, and deployed by the Supabase CLI: ${line}`,
  })
}
