import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ImportSettings } from './import-settings.ts'

const importing = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']|@jsxImportSource\s+(\S+)/g
const maxFiles = 2_000

/**
 * What a function imports from outside its own files: every specifier as written, with the address its import map
 * gives it. Follows the local imports from the entrypoint; a specifier in a comment is found too, which does no harm.
 */
export async function externalSpecifiers(
  entrypoint: string,
  settings: ImportSettings,
): Promise<ReadonlyMap<string, string>> {
  const external = new Map<string, string>()
  const seen = new Set<string>()
  const queue = [pathToFileURL(entrypoint).href]
  const jsx = settings.options.compilerOptions?.jsxImportSource
  if (typeof jsx === 'string') external.set(`${jsx}/jsx-runtime`, resolveImport(`${jsx}/jsx-runtime`, '', settings))

  for (let file = queue.pop(); file !== undefined && seen.size < maxFiles; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const source = await readFile(fileURLToPath(file), 'utf8').catch(() => '')
    for (const [, imported, jsxSource] of source.matchAll(importing)) {
      const specifier = imported ?? `${jsxSource}/jsx-runtime`
      const address = resolveImport(specifier, file, settings)
      if (address.startsWith('file:')) queue.push(address)
      else external.set(specifier, address)
    }
  }
  return external
}

/** Resolution as import maps define it, without scopes' fallbacks: the exact key, else the longest prefix. */
function resolveImport(specifier: string, from: string, { imports, scopes }: ImportSettings): string {
  const scope = Object.keys(scopes)
    .filter((prefix) => from.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0]
  const map = { ...imports, ...(scope !== undefined && scopes[scope]) }
  const url = /^\.{0,2}\//.test(specifier) && from !== '' ? new URL(specifier, from).href : specifier

  if (Object.hasOwn(map, url)) return map[url] ?? url
  const prefix = Object.keys(map)
    .filter((key) => key.endsWith('/') && url.startsWith(key))
    .sort((a, b) => b.length - a.length)[0]
  if (prefix !== undefined) return `${map[prefix]}${url.slice(prefix.length)}`
  // A package that a key names has its parts named so too, with no key of their own: that is Deno's.
  const name = Object.keys(map).find((key) => url.startsWith(`${key}/`) && /^(?:npm|jsr):/.test(map[key] ?? ''))
  return name === undefined ? url : `${map[name]}${url.slice(name.length)}`
}
