import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { filesBelow } from './static-files.ts'

// The prelude imports the bundle, yet to its author the function is the main module. Only the entrypoint's own question
// is left in a bundle; the answer is as long, so that the source map stays right.
const isMain = '(!0/*  main  */)'

const nodeModule = /["'](?:node:)?(http|fs|os)(?:\/promises)?["']/g

/**
 * What is to be known before the code: which modules of Node's it names that the prelude has to make ready, and, for packages
 * in CommonJS, how to ask for Node's own modules by `require`, which no module of ECMAScript has by itself.
 */
function linesBefore(code: string): string[] {
  const named = [...new Set([...code.matchAll(nodeModule)].map(([, name]) => name))].sort()
  return [
    ...(named.length > 0 ? [`// uses ${named.join(' ')}`] : []),
    ...(code.includes('Dynamic require of')
      ? ['import{createRequire as _}from"node:module";globalThis.require??=_(import.meta.url);']
      : []),
  ]
}

async function moveDown(map: string, lines: number): Promise<void> {
  if (lines === 0) return
  const { mappings, ...rest } = JSON.parse(await readFile(map, 'utf8')) as { mappings: string }
  await writeFile(map, JSON.stringify({ ...rest, mappings: ';'.repeat(lines) + mappings }))
}

/** Takes the place of the last bundle; its own files are renamed into place last, and each at once. */
export async function publish(draft: string, outputFolder: string, entryFolder: string): Promise<void> {
  const entry = join(draft, entryFolder, 'index.js')
  const code = (await readFile(entry, 'utf8')).replaceAll('import.meta.main', isMain)
  const before = linesBefore(code)
  await writeFile(entry, [...before, code].join('\n'))
  await moveDown(`${entry}.map`, before.length)
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
