import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FunctionSettings, FunctionsConfig } from './settings.ts'

/** One edge function of the project: where it is and how it is called. */
export interface FunctionDefinition {
  readonly name: string
  /** Absolute. */
  readonly entrypoint: string
  /** Whether only calls with a valid JWT reach it. */
  readonly verifyJwt: boolean
  /** Absolute; set when config.toml names one. */
  readonly importMap: string | undefined
  /** Absolute glob patterns of files that it may read. */
  readonly staticFiles: readonly string[]
  /** Hosts of private networks that it may reach though the network is guarded. */
  readonly allowedHosts: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What a function may be called. */
export const functionName = /^[A-Za-z][A-Za-z0-9_-]*$/
const entrypoints = ['index.ts', 'index.js', 'index.tsx', 'index.jsx', 'index.mts', 'index.mjs']
const defaults: FunctionSettings = { enabled: true, verifyJwt: true }

/**
 * The project's functions by name: each folder of `supabase/functions` that has an index file, and each
 * `[functions.NAME]` whose `entrypoint` exists. Folders such as `_shared` hold common code and are none.
 */
export function findFunctions(config: FunctionsConfig): ReadonlyMap<string, FunctionDefinition> {
  const names = new Set([...foldersOf(config.project.functions), ...Object.keys(config.functions)])
  const found = [...names].flatMap((name) => findFunction(name, config) ?? [])
  return new Map(found.map((definition) => [definition.name, definition]))
}

/** One function, if the project has it. The name may come from a URL: it is never trusted as a path. */
export function findFunction(
  name: string,
  { project, functions, verifyJwt, importMap }: FunctionsConfig,
): FunctionDefinition | undefined {
  if (!functionName.test(name)) return undefined
  const settings = Object.hasOwn(functions, name) ? (functions[name] ?? defaults) : defaults
  const candidates = settings.entrypoint
    ? [resolve(project.supabase, settings.entrypoint)]
    : entrypoints.map((file) => join(project.functions, name, file))
  const entrypoint = candidates.find((file) => existsSync(file))
  if (!settings.enabled || entrypoint === undefined) return undefined
  return {
    name,
    entrypoint,
    verifyJwt: verifyJwt ?? settings.verifyJwt,
    importMap: importMap ?? (settings.importMap ? resolve(project.supabase, settings.importMap) : undefined),
    staticFiles: (settings.staticFiles ?? []).map((pattern) => resolve(project.supabase, pattern)),
    allowedHosts: settings.allowedHosts ?? [],
    env: settings.env ?? {},
  }
}

function foldersOf(parent: string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort()
}
