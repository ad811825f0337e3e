import { type Config, type LoadOptions, loadConfig } from '#config'
import { isPorticoError } from '#errors'
import { projectFolder } from '../support/project-folder.ts'

export interface Situation extends Omit<LoadOptions, 'project' | 'env'> {
  readonly env?: LoadOptions['env']
  /** Text of supabase/config.toml. */
  readonly toml?: string
  /** Other files of the project. */
  readonly files?: Readonly<Record<string, string>>
}

/** Loads the configuration of a project made for the occasion. */
export async function load({ toml, files, env = {}, ...options }: Situation = {}): Promise<Config> {
  const project = await projectFolder({ ...files, ...(toml !== undefined && { 'supabase/config.toml': toml }) })
  return loadConfig({ project, env, ...options })
}

/** The message that loading fails with, with the project's folder as PROJECT. */
export async function failure({ toml, files, env = {}, ...options }: Situation): Promise<string> {
  const project = await projectFolder({ ...files, ...(toml !== undefined && { 'supabase/config.toml': toml }) })
  try {
    await loadConfig({ project, env, ...options })
  } catch (error) {
    if (isPorticoError(error)) return `${error.code} ${error.message.replaceAll(project, 'PROJECT')}`
    throw error
  }
  return 'no failure'
}
