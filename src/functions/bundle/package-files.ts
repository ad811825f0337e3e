import { cp, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { npmPackage } from './rewrites.ts'

const mostBytes = 20 * 1024 * 1024
const asked = /(?:import\.meta|\(µ\d+\/\*\s*\*\/\))\.resolve\((["'`])(npm:[^"'`]+)\1\)/g

export interface PackageFiles {
  /** The code, each line as long as before. */
  readonly code: string
  /** A line to put before it, or nothing. */
  readonly before: string
}

/**
 * Functions ask `import.meta.resolve('npm:…')` to read what a package has beside its code, such as WebAssembly: where they import
 * it as well, its files come with the bundle.
 *
 * @param sources the files that the bundle is made of, absolute
 * @param folder the bundle's, below which the packages are put
 * @throws Error when a package is too large
 */
export async function bringPackageFiles(
  code: string,
  { sources, folder }: { readonly sources: readonly string[]; readonly folder: string },
): Promise<PackageFiles> {
  const places: string[] = []
  const names = new Map<string, string>()
  for (const [, , specifier = ''] of code.matchAll(asked)) {
    const name = npmPackage(specifier)
    const root = name && rootOf(name, sources)
    if (!root || names.has(specifier)) continue
    if ((await bytesBelow(root)) > mostBytes)
      throw new Error(`${specifier} has more than ${mostBytes / 1024 / 1024} MB`)
    const target = join(folder, 'node_modules', name)
    const isOwn = (file: string) => !relative(root, file).split(/[/\\]/).includes('node_modules')
    await cp(root, target, { recursive: true, dereference: true, filter: isOwn })
    const main = new URL(mainOf(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))), 'file:///').pathname
    names.set(specifier, `µp${names.size}`)
    places.push(
      `${names.get(specifier)}=new URL(${JSON.stringify(`./node_modules/${name}${main}`)},import.meta.url).href`,
    )
  }
  const given = code.replace(asked, (call, _quote, specifier: string) => {
    const name = names.get(specifier)
    return name === undefined ? call : `(${name}/*${' '.repeat(call.length - name.length - 6)}*/)`
  })
  return { code: given, before: places.length > 0 ? `const ${places.join()};` : '' }
}

/** Where a package is of which some file is in the bundle: in a node_modules folder, or by its version in Deno's cache. */
function rootOf(name: string, sources: readonly string[]): string | undefined {
  const path = name.replaceAll(/[.+]/g, '\\$&')
  const root = new RegExp(`^.*/(?:node_modules/${path}|npm/[^/]+/${path}/[^/]+)(?=/)`)
  for (const source of sources) {
    const found = root.exec(source.replaceAll('\\', '/'))?.[0]
    if (found !== undefined) return found
  }
  return undefined
}

type Exported = string | readonly Exported[] | { readonly [condition: string]: Exported } | null | undefined

function mainOf({ exports, module, main }: { exports?: Exported; module?: string; main?: string }): string {
  return targetOf(exports) ?? module ?? main ?? 'index.js'
}

function targetOf(exported: Exported): string | undefined {
  if (typeof exported === 'string') return exported
  if (!exported) return undefined
  const given = Object.entries(exported).filter(([condition]) =>
    /^(?:\.|\d+|deno|node|import|module|default)$/.test(condition),
  )
  for (const [, next] of given) {
    const target = targetOf(next)
    if (target !== undefined) return target
  }
  return undefined
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
