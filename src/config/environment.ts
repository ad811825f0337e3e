import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProjectPaths } from './config.ts'
import { parseDotenv } from './dotenv.ts'

export type Variables = Readonly<Record<string, string | undefined>>

export interface Environment {
  /** The process's own environment. */
  readonly own: Variables
  /** With what the project's `.env` files add. */
  readonly all: Variables
}

/**
 * The environment that config.toml sees. As for Supabase's CLI, files in the supabase folder win over those in the
 * project folder, `.env.NAME.local` over `.env.local`, `.env.NAME` and `.env`, and the process's environment over all;
 * NAME is SUPABASE_ENV, or else the mode.
 */
export async function loadEnvironment(own: Variables, project: ProjectPaths, mode: string): Promise<Environment> {
  const name = own.SUPABASE_ENV || mode
  const files = [`.env.${name}.local`, ...(name === 'test' ? [] : ['.env.local']), `.env.${name}`, '.env']
  const folders = [project.supabase, project.root]
  const contents = await Promise.all(
    folders.flatMap((folder) => files.map((file) => readVariables(join(folder, file)))),
  )
  const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return { own, all: Object.assign({}, ...contents.reverse(), set) }
}

/** The variables of one `.env` file; none if it does not exist. */
async function readVariables(path: string): Promise<Variables> {
  try {
    return parseDotenv(await readFile(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return {}
    throw error
  }
}
