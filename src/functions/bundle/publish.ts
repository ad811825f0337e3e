import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { SourceMapPayload } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { adaptedLine } from './adapted-modules.ts'
import { giveModulesTheirMeta } from './module-meta.ts'
import { bringPackageFiles } from './package-files.ts'
import { filesBelow } from './static-files.ts'

/**
 * What is to be known before the code: which modules of Node's it names that the prelude has to make ready, and, for packages
 * in CommonJS, how to ask for Node's own modules by `require`, which no module of ECMAScript has by itself.
 */
function linesBefore(code: string): string[] {
  return [
    ...adaptedLine(code),
    ...(code.includes('Dynamic require of')
      ? ['import{createRequire as _}from"node:module";globalThis.require??=_(import.meta.url);']
      : []),
  ]
}

export interface PublishedBundle {
  readonly entrypoint: string
  /** The project's own modules in it. */
  readonly modules: readonly string[]
  readonly outputFolder: string
  readonly entryFolder: string
}

/** Takes the place of the last bundle; its own files are renamed into place last, and each at once. */
export async function publish(
  draft: string,
  { entrypoint, modules, outputFolder, entryFolder }: PublishedBundle,
): Promise<void> {
  const entry = join(draft, entryFolder, 'index.js')
  const map: SourceMapPayload = JSON.parse(await readFile(`${entry}.map`, 'utf8'))
  const made = giveModulesTheirMeta(await readFile(entry, 'utf8'), map, {
    folder: dirname(entry),
    entrypoint,
    own: modules,
  })
  const sources = map.sources.map((source) => resolve(dirname(entry), source))
  const brought = await bringPackageFiles(made.code, { sources, folder: dirname(entry) })
  const before = [...linesBefore(brought.code), ...[made.before, brought.before].filter((line) => line !== '')]
  await writeFile(entry, [...before, brought.code].join('\n'))
  await writeFile(`${entry}.map`, JSON.stringify({ ...map, mappings: ';'.repeat(before.length) + map.mappings }))
  const own = ['index.js.map', 'index.js'].map((file) => join(entryFolder, file))
  const others = (await filesBelow(draft)).filter((file) => !own.includes(file))
  for (const file of [...others, ...own]) {
    await mkdir(dirname(join(outputFolder, file)), { recursive: true })
    await rename(join(draft, file), join(outputFolder, file))
  }
  const current = new Set([...others, ...own])
  for (const file of await filesBelow(outputFolder)) if (!current.has(file)) await rm(join(outputFolder, file))
  await rm(draft, { recursive: true, force: true })
}
