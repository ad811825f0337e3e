import { existsSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { errorMessage } from '#errors'
import type { FunctionDefinition } from '../definitions.ts'
import { secretsFile } from '../environment.ts'
import type { FunctionsConfig } from '../settings.ts'
import { type BundleResult, bundleFunction } from './bundle-function.ts'
import { readImportSettings } from './import-settings.ts'
import { digestOf, pathsBelow, signatureOf } from './inputs.ts'
import type { Toolchain } from './run-deno.ts'
import { isWithin } from './static-files.ts'

/** A function ready to be loaded. */
export interface Bundle {
  /** The URL to import. */
  readonly entry: string
  /** The folder among those of all bundles that holds it. */
  readonly folder: string
  /** Changes exactly when the function's code, its import settings or the project's secrets do. */
  readonly version: string
}

/** One attempt to bundle a function, and the files that decide whether it still stands. */
export interface Build {
  readonly files: readonly string[]
  readonly signature: string
  readonly outcome:
    | { readonly ok: true; readonly bundle: Bundle }
    | { readonly ok: false; readonly diagnostics: string }
}

export interface BuildContext {
  readonly project: FunctionsConfig['project']
  readonly toolchain: Toolchain
  /** The only files that functions may read: a folder a function with its bundle. */
  readonly bundles: string
  /** A folder a function for what its build needs. */
  readonly builds: string
}

// Part of every version: raise it when bundles made before must not be used again.
const format = '5'

const maxAttempts = 3

const manifestShape = z.object({ version: z.string(), files: z.array(z.string()) })

/** Bundles a function, or finds that the bundle of an earlier start still stands. A mistake in it is an outcome, not an error. */
export async function buildFunction(definition: FunctionDefinition, context: BuildContext): Promise<Build> {
  const { name, entrypoint } = definition
  const { functions: functionsFolder, supabase, root } = context.project
  const outputFolder = join(context.bundles, name)
  const buildFolder = join(context.builds, name)
  const own = dirname(entrypoint)
  // Laid out like the supabase folder: what is beside the entrypoint there is beside the bundle here.
  const entryFolder = isWithin(supabase, own) ? relative(supabase, own) : ''
  const entry = pathToFileURL(join(outputFolder, entryFolder, 'index.js')).href
  const npmrcFolders = [own, ...foldersUpTo(functionsFolder, dirname(own)), functionsFolder, supabase, root]
  const npmrcs = npmrcFolders.map((folder) => join(folder, '.npmrc'))
  const around = [...npmrcs, join(own, 'deno.lock'), secretsFile(context.project)]
  const versionOf = (files: readonly string[]) => digestOf(files, format, context.toolchain.deno, entrypoint)

  const known = await readManifest(join(buildFolder, 'manifest.json'))
  if (known !== undefined && existsSync(new URL(entry))) {
    const { files, version } = known
    const signature = signatureOf(files)
    if ((await versionOf(files)) === version) {
      return { files, signature, outcome: { ok: true, bundle: { entry, folder: name, version } } }
    }
  }

  const looked: string[] = []
  for (let attempt = 1; ; attempt++) {
    const start = Date.now()
    let result: BundleResult
    try {
      const settings = await readImportSettings(definition, functionsFolder)
      looked.push(...settings.files)
      const places = { supabase, functionsFolder, npmrcFolders, buildFolder, outputFolder, entryFolder }
      result = await bundleFunction(definition, settings, places, context.toolchain)
    } catch (error) {
      result = { ok: false, diagnostics: errorMessage(error) }
    }
    const sources = result.ok ? result.sources : await pathsBelow([own, functionsFolder])
    const files = [...new Set([...sources, ...looked, ...around])]
    // Deno reads the files some time after `start`: what was edited since may or may not be in.
    if (attempt < maxAttempts && files.some((file) => modifiedAt(file) > start)) continue

    const signature = signatureOf(files)
    if (!result.ok) return { files, signature, outcome: result }
    const version = await versionOf(files)
    await writeFile(join(buildFolder, 'manifest.json'), JSON.stringify({ version, files }))
    return { files, signature, outcome: { ok: true, bundle: { entry, folder: name, version } } }
  }
}

/** A folder and those around it that are below another one. */
function foldersUpTo(outer: string, folder: string): string[] {
  const isBelow = folder !== outer && isWithin(outer, folder)
  return isBelow ? [folder, ...foldersUpTo(outer, dirname(folder))] : []
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

async function readManifest(path: string): Promise<z.infer<typeof manifestShape> | undefined> {
  try {
    return manifestShape.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}
