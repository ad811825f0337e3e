import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import type { FunctionDefinition } from '../definitions.ts'
import { parseJsonc } from './jsonc.ts'

type Imports = Readonly<Record<string, string>>

/** What a function's own files say about its imports, with every path made absolute. */
export interface ImportSettings {
  readonly imports: Imports
  readonly scopes: Readonly<Record<string, Imports>>
  /** Other settings of its deno.json that change the bundle. */
  readonly options: DenoOptions
  /** Every file that was looked for, found or not: a change of any can change the bundle. */
  readonly files: readonly string[]
}

const importsShape = z.record(z.string(), z.string())
const optionsShape = {
  compilerOptions: z.record(z.string(), z.unknown()).optional(),
  unstable: z.array(z.string()).optional(),
}
const denoJson = z.object({
  ...optionsShape,
  imports: importsShape.default({}),
  scopes: z.record(z.string(), importsShape).default({}),
  importMap: z.string().optional(),
})
const packageJson = z.object({ dependencies: importsShape.default({}) })

type DenoOptions = z.infer<z.ZodObject<typeof optionsShape>>

/**
 * Reads what Supabase's CLI would: the `import_map` of config.toml, else deno.json(c) or package.json beside the
 * function, else those of the functions folder, else the old `functions/import_map.json`.
 */
export async function readImportSettings(
  { entrypoint, importMap }: FunctionDefinition,
  functionsFolder: string,
): Promise<ImportSettings> {
  const files: string[] = []
  const own = dirname(entrypoint)
  const candidates = importMap
    ? [importMap]
    : [
        ...['deno.json', 'deno.jsonc', 'import_map.json', 'package.json'].map((file) => join(own, file)),
        ...['deno.json', 'deno.jsonc', 'import_map.json'].map((file) => join(functionsFolder, file)),
      ]
  for (const file of candidates) {
    files.push(file)
    const content = await readJson(file)
    if (content === undefined) continue
    if (file.endsWith('package.json')) return { ...fromPackageJson(parse(file, packageJson, content)), files }

    const { importMap: mapFile, imports, scopes, ...options } = parse(file, denoJson, content)
    if (mapFile === undefined) return { ...absolute({ imports, scopes }, file), options, files }
    const path = join(dirname(file), mapFile)
    files.push(path)
    return { ...absolute(parse(path, denoJson, (await readJson(path)) ?? {}), path), options, files }
  }
  return { imports: {}, scopes: {}, options: {}, files }
}

function fromPackageJson({ dependencies }: z.infer<typeof packageJson>): Omit<ImportSettings, 'files'> {
  const imports = Object.entries(dependencies).flatMap(([name, range]) => [
    [name, range.startsWith('npm:') ? range : `npm:${name}@${range}`],
    [`${name}/`, range.startsWith('npm:') ? `npm:/${range.slice('npm:'.length)}/` : `npm:/${name}@${range}/`],
  ])
  return { imports: Object.fromEntries(imports), scopes: {}, options: {} }
}

function absolute({ imports, scopes }: Pick<ImportSettings, 'imports' | 'scopes'>, file: string) {
  const base = pathToFileURL(file)
  const resolve = (address: string) => (/^\.{0,2}\//.test(address) ? new URL(address, base).href : address)
  const resolveAll = (map: Imports) =>
    Object.fromEntries(Object.entries(map).map(([key, address]) => [resolve(key), resolve(address)]))
  return {
    imports: resolveAll(imports),
    scopes: Object.fromEntries(Object.entries(scopes).map(([scope, map]) => [resolve(scope), resolveAll(map)])),
  }
}

async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return parseJsonc(text)
  } catch (error) {
    throw new Error(`${file} is not valid JSON`, { cause: error })
  }
}

function parse<T extends z.ZodType>(file: string, shape: T, content: unknown): z.infer<T> {
  const result = shape.safeParse(content)
  if (result.success) return result.data
  throw new Error(`${file}: ${z.prettifyError(result.error)}`)
}
