import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FunctionDefinition } from '../definitions.ts'
import { denoBundle } from './deno-bundle.ts'
import type { ImportSettings } from './import-settings.ts'
import { linkPackages } from './local-packages.ts'
import { publish } from './publish.ts'
import { npmPackage, npmTwin, standIns, typesOnly } from './rewrites.ts'
import type { Toolchain } from './run-deno.ts'
import { provideSharp, sharpTwin, sharpVersion } from './sharp.ts'
import { externalSpecifiers } from './specifiers.ts'
import { copyStaticFiles } from './static-files.ts'

export interface BundlePlaces {
  /** The supabase folder, in which static files must be. */
  readonly supabase: string
  readonly functionsFolder: string
  /** Where the npmrc of a project may be, nearest first. */
  readonly npmrcFolders: readonly string[]
  /** Working files of this function's build. */
  readonly buildFolder: string
  /** Receives the bundle and the static files; the path never changes, so that Deno's code cache stays warm. */
  readonly outputFolder: string
  /** Where in it index.js and its source map are. */
  readonly entryFolder: string
}

export type BundleResult =
  /** `sources`: the project's own files in the bundle, and the manifests of packages it took from node_modules. */
  { readonly ok: true; readonly sources: readonly string[] } | { readonly ok: false; readonly diagnostics: string }

/**
 * Bundles a function with everything it imports into one file.
 *
 * Imports are resolved in the first of three ways that works: packages already installed with the project or with
 * Portico (no network); the same from the npm registry, into Deno's cache; everything as it is written, for which
 * jsr.io, esm.sh or deno.land must be in reach.
 */
export async function bundleFunction(
  { entrypoint, staticFiles }: FunctionDefinition,
  settings: ImportSettings,
  places: BundlePlaces,
  toolchain: Toolchain,
): Promise<BundleResult> {
  const external = await externalSpecifiers(entrypoint, settings)
  const addresses = [...external.values()].map((address) => typesOnly(address) ?? npmTwin(address) ?? address)
  const packages = addresses.flatMap((address) => (sharpTwin(address) ? [] : (npmPackage(address) ?? [])))
  const sharp = addresses.map(sharpVersion).find((version) => version !== undefined)

  const { buildFolder, outputFolder, entryFolder, functionsFolder } = places
  await mkdir(buildFolder, { recursive: true })
  await provide('.npmrc', places.npmrcFolders, buildFolder)
  const locked = await provide('deno.lock', [dirname(entrypoint)], buildFolder)
  const local = await linkPackages(packages, { folder: buildFolder, functionsFolder })

  const ways = [
    ...(local.missing.length === 0 ? [{ twin: npmTwin, nodeModulesDir: 'manual' }] : []),
    ...(packages.length > 0 ? [{ twin: npmTwin, nodeModulesDir: 'none' }] : []),
    ...([...external.values()].some(npmTwin) ? [{ twin: () => undefined, nodeModulesDir: 'none' }] : []),
  ]
  // Beside its final place, since the source map's paths are relative.
  const draft = `${outputFolder}.draft`
  await rm(draft, { recursive: true, force: true })
  let diagnostics = ''
  for (const { twin, nodeModulesDir } of ways) {
    const rewrite = (address: string) => {
      const found = typesOnly(address) ?? twin(address) ?? address
      return sharpTwin(found) ?? found
    }
    const config = join(buildFolder, 'deno.json')
    const lock = locked && nodeModulesDir === 'none' ? './deno.lock' : false
    const content = { nodeModulesDir, lock, ...importMap(settings, external, rewrite) }
    await writeFile(config, JSON.stringify(content, undefined, 2))
    const output = join(draft, entryFolder, 'index.js')
    const failure =
      (await denoBundle(toolchain, { config, entrypoint, output })) ??
      (sharp && (await provideSharp(sharp, join(dirname(output), 'node_modules'), buildFolder, toolchain)))
    if (failure === undefined) {
      const sources = await sourcesOf(`${output}.map`, toolchain)
      const copied = await copyStaticFiles(staticFiles, places.supabase, draft)
      await publish(draft, { entrypoint, modules: sources, outputFolder, entryFolder })
      return { ok: true, sources: [...sources, ...copied, ...(nodeModulesDir === 'manual' ? local.files : [])] }
    }
    // Where there is no network, what an earlier way could not find says more.
    if (diagnostics === '' || !failure.includes('error sending request')) diagnostics = failure
    // A mistake in the project's own files; no other way of finding packages mends it.
    if (/SyntaxError|could not be parsed|not found "file:/.test(failure)) break
  }
  await rm(draft, { recursive: true, force: true })
  return { ok: false, diagnostics }
}

function importMap(
  { imports, scopes, options }: ImportSettings,
  external: ReadonlyMap<string, string>,
  rewrite: (address: string) => string,
) {
  const rewriteAll = (map: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(map).map(([key, address]) => [key, rewrite(address)]))
  const written = [...external.keys()].filter((specifier) => rewrite(specifier) !== specifier)
  const types = [...external].flatMap(([specifier, address]) => {
    const standIn = typesOnly(address)
    return standIn === undefined ? [] : [[specifier, standIn]]
  })
  return {
    imports: {
      ...Object.fromEntries(written.map((specifier) => [specifier, rewrite(specifier)])),
      ...rewriteAll(imports),
      ...Object.fromEntries(types),
    },
    scopes: Object.fromEntries(Object.entries(scopes).map(([scope, map]) => [scope, rewriteAll(map)])),
    ...options,
  }
}

/** Copies a file that Deno looks for beside its deno.json from the first folder that has it. */
async function provide(name: string, folders: readonly string[], buildFolder: string): Promise<boolean> {
  const target = join(buildFolder, name)
  await rm(target, { force: true })
  const file = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (file !== undefined) await copyFile(file, target)
  return file !== undefined
}

/** The local files that a source map names, without packages and our stand-ins. */
async function sourcesOf(map: string, { cache }: Toolchain): Promise<string[]> {
  const { sources }: { sources: string[] } = JSON.parse(await readFile(map, 'utf8'))
  return sources
    .map((source) => resolve(dirname(map), source))
    .filter((path) => !/[/\\]node_modules[/\\]/.test(path) && !path.startsWith(cache) && !path.startsWith(standIns))
    .filter((path) => existsSync(path))
    .sort()
}
