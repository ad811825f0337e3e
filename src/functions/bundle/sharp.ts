import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runDeno, type Toolchain } from './run-deno.ts'

const standIn = new URL('../deno/sharp.js', import.meta.url).href
const wasm = '@img/sharp-wasm32'

/**
 * Functions run no native code, which is what the package sharp is; its authors publish it as WebAssembly, too. That
 * is laid beside the bundle, since neither its file nor the workers that it starts can be within.
 *
 * @returns what is imported in its stead; `undefined` for any other specifier
 */
export function sharpTwin(specifier: string): string | undefined {
  return sharpVersion(specifier) === undefined ? undefined : standIn
}

/** The version that an `npm:` specifier of sharp names, `*` where it names none; `undefined` for any other. */
export function sharpVersion(specifier: string): string | undefined {
  const found = /^npm:\/?sharp(?:@([^/]+))?$/.exec(specifier)
  return found ? (found[1] ?? '*') : undefined
}

/**
 * Installs sharp and its WebAssembly below a function's working folder, and copies what runs to `modules`.
 *
 * @returns what went wrong
 */
export async function provideSharp(
  version: string,
  modules: string,
  buildFolder: string,
  toolchain: Toolchain,
): Promise<string | undefined> {
  const folder = join(buildFolder, 'sharp')
  await mkdir(folder, { recursive: true })
  await cp(join(buildFolder, '.npmrc'), join(folder, '.npmrc')).catch(() => {})
  await writeFile(join(folder, 'package.json'), JSON.stringify({ dependencies: { sharp: version, [wasm]: version } }))
  const failure = await runDeno(['install', '--quiet', '--node-modules-dir=auto'], folder, toolchain)
  if (failure !== undefined) return failure
  for (const name of ['sharp', wasm]) await copyPackage(name, join(folder, 'node_modules'), modules, new Set())
  await confine(modules)
  return undefined
}

/** With what it depends on, all of it side by side. */
async function copyPackage(name: string, from: string, modules: string, seen: Set<string>): Promise<void> {
  if (seen.has(name)) return
  seen.add(name)
  const folder = await realpath(join(from, name))
  await cp(folder, join(modules, name), { recursive: true })
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const siblings = folder.slice(0, -name.length - 1)
  for (const one of Object.keys(dependencies)) await copyPackage(one, siblings, modules, seen)
}

/**
 * What asks for the machine (its C library, its processors, folders of plug-ins) is told that there is nothing, as a
 * function is; its workers are CommonJS, which outside Deno's own folder of packages the name has to say.
 */
async function confine(modules: string): Promise<void> {
  const libc = fileURLToPath(new URL('../deno/sharp/detect-libc.js', import.meta.url))
  await cp(libc, join(modules, 'detect-libc', 'lib', 'detect-libc.js'))

  const folder = join(modules, wasm)
  const code = (await readdir(join(folder, 'lib'))).find((name) => name.endsWith('.node.js'))
  if (code === undefined) throw new Error(`Portico does not know how this version of ${wasm} is laid out.`)
  const confined = await readFile(new URL('../deno/sharp/confined.js', import.meta.url), 'utf8')
  const renamed = code.replace(/js$/, 'cjs')
  await writeFile(join(folder, 'lib', renamed), confined + (await readFile(join(folder, 'lib', code), 'utf8')))
  await rm(join(folder, 'lib', code))
  for (const file of ['package.json', 'index.cjs'].map((name) => join(folder, name)).filter(existsSync)) {
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(`/${code}`, `/${renamed}`))
  }
}
