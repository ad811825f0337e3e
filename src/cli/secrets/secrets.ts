import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { editDotenv, loadConfig, parseDotenv } from '#config'
import { errorMessage, PorticoError } from '#errors'
import { columns } from '../columns.ts'
import type { ProjectOptions } from '../options.ts'
import { isStructured, type StructuredForm, structured } from '../structured.ts'

export interface ListSecretsOptions extends ProjectOptions {
  readonly output: 'pretty' | StructuredForm
}

/** Prints the names of what functions are given, and by what each is known again: no value leaves its file. */
export async function listSecrets({ output, ...options }: ListSecretsOptions): Promise<void> {
  const { edgeRuntime } = await loadConfig({ ...options, env: process.env })
  const values = { ...edgeRuntime.secrets, ...parseDotenv(await readIfThere(fileOf(options))) }
  const secrets = Object.entries(values)
    .map(([name, value]) => ({ name, digest: createHash('sha256').update(value).digest('hex') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (isStructured(output)) return console.log(structured(output, secrets, 'secrets'))
  if (secrets.length === 0) return console.log('There is no secret. Set one with: portico secrets set NAME=VALUE')
  console.log(columns(secrets.map(({ name, digest }) => [name, digest])).join('\n'))
}

export interface SetSecretsOptions extends ProjectOptions {
  readonly envFile?: string
}

/** Writes them where functions read them; a running backend gives them to the next process of each. */
export async function setSecrets(pairs: readonly string[], { envFile, ...options }: SetSecretsOptions): Promise<void> {
  const fromFile = envFile === undefined ? {} : parseDotenv(await readGiven(envFile))
  const values = { ...fromFile, ...Object.fromEntries(pairs.map(pair)) }
  const names = Object.keys(values)
  if (names.length === 0) throw wrong('Give NAME=VALUE, or --env-file with a file of them.')
  const reserved = names.find((name) => name.startsWith('SUPABASE_'))
  if (reserved !== undefined) throw wrong(`${reserved}: names that begin with SUPABASE_ are the platform's own.`)
  await edit(options, values)
  console.log(`Set in ${relative(process.cwd(), fileOf(options))}: ${names.join(', ')}`)
}

export async function unsetSecrets(names: readonly string[], options: ProjectOptions): Promise<void> {
  const before = parseDotenv(await readIfThere(fileOf(options)))
  const missing = names.find((name) => !Object.hasOwn(before, name))
  if (missing !== undefined) throw wrong(`${missing} does not stand in ${relative(process.cwd(), fileOf(options))}.`)
  await edit(options, Object.fromEntries(names.map((name) => [name, undefined])))
  console.log(`Removed: ${names.join(', ')}`)
}

function pair(text: string): readonly [name: string, value: string] {
  const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  // Not the text itself: it may be a secret.
  throw wrong('A secret is NAME=VALUE; a name has letters, digits and underscores.')
}

function fileOf({ project }: ProjectOptions): string {
  return join(resolve(project), 'supabase', 'functions', '.env')
}

/** Whole or not at all, and for its owner alone; where it is a link, the file that it leads to. */
async function edit(options: ProjectOptions, values: Readonly<Record<string, string | undefined>>): Promise<void> {
  await mkdir(dirname(fileOf(options)), { recursive: true })
  const path = await realpath(fileOf(options)).catch(() => fileOf(options))
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(editDotenv(await readIfThere(path), values))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw wrong(`${path} cannot be read: ${errorMessage(cause)}`)
  }
}

function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
