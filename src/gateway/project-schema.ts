import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorMessage, PorticoError } from '#errors'
import type { SchemaExtension } from './schema/index.ts'

/** The fields that a project adds in code, as its files are now. */
export interface ProjectSchema {
  extensions(): readonly SchemaExtension[]
  /** Whether a file was edited, added or removed since the last look; the extensions are the new ones then. */
  hasChanged(): Promise<boolean>
}

/** @param folder the project's `schema`; one that is not there is one without files */
export async function openProjectSchema(folder: string): Promise<ProjectSchema> {
  let now = await loadFiles(folder)
  return {
    extensions: () => now.extensions,
    async hasChanged() {
      const next = await loadFiles(folder)
      if (next.fingerprint === now.fingerprint) return false
      now = next
      return true
    },
  }
}

interface LoadedFiles {
  readonly extensions: readonly SchemaExtension[]
  /** Changes when a file does. */
  readonly fingerprint: string
}

const none: LoadedFiles = { extensions: [], fingerprint: '' }

/**
 * Loads `schema/*.ts` (and `.js`): each file default-exports a function of the builder. Nothing registers at import,
 * since a schema is built per role and again whenever the database changes.
 */
async function loadFiles(folder: string): Promise<LoadedFiles> {
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return none
  const files = names.filter((name) => /^[^.].*(?<!\.d)\.[cm]?[jt]s$/.test(name)).sort()
  const stamps = await Promise.all(files.map(async (name) => Math.trunc((await stat(join(folder, name))).mtimeMs)))
  const extensions = await Promise.all(files.map((name, i) => load(join(folder, name), stamps[i] ?? 0)))
  return { extensions, fingerprint: files.map((name, i) => `${name}:${stamps[i]}`).join() }
}

async function load(file: string, stamp: number): Promise<SchemaExtension> {
  const name = relative(process.cwd(), file)
  const wrong = (what: string, cause?: unknown) =>
    new PorticoError('PROJECT_SCHEMA_INVALID', {
      message: `${name}: ${what}`,
      details: { file },
      ...(cause !== undefined && { cause }),
    })
  let module: { default?: unknown }
  try {
    // The query makes an edited file a new module; Node keeps the old one for whoever still runs it.
    module = (await import(`${pathToFileURL(file).href}?v=${stamp}`)) as typeof module
  } catch (error) {
    throw wrong(errorMessage(error), error)
  }
  const extension = module.default
  if (typeof extension !== 'function') throw wrong('expected a default export that is a function of the builder')
  return (builder) => {
    try {
      ;(extension as SchemaExtension)(builder)
    } catch (error) {
      throw wrong(errorMessage(error), error)
    }
  }
}
