// Loaded where a bundle names one of Node's modules that have to be other here: files, and what is told of the machine.

import fs from 'node:fs'
import { registerHooks } from 'node:module'
import os from 'node:os'
import { nodeOs } from './machine.js'
import { inFolder, inName } from './temporary-files.js'

const twoPaths = /^(?:copyFile|cp|link|rename|symlink)(?:Sync)?$/
const answersPath = /^(?:mkdtemp|readlink|realpath)Sync$/

/** `node:fs` and `node:os` as a function finds them, however it imports them. */
export function adaptModules() {
  Object.assign(os, nodeOs)
  adaptFiles(fs.promises)
  adaptFiles(fs)
  provide({ fs, 'fs/promises': fs.promises, os })
}

/** Those take paths that have no file descriptor in their name. */
function adaptFiles(module) {
  for (const [name, original] of Object.entries(module)) {
    if (typeof original !== 'function' || /^[A-Z_]|^f[a-z]*(?:Sync)?$|^(?:read|write)v?(?:Sync)?$|^close/.test(name))
      continue
    const adapted = (first, ...rest) => {
      if (twoPaths.test(name)) rest[0] = inFolder(rest[0])
      const answered = original(inFolder(first), ...rest)
      return answersPath.test(name) ? inName(answered) : answered
    }
    module[name] = Object.assign(adapted, original)
  }
}

/** Modules of ECMAScript that name parts of a built-in one get them from here; its object alone is what `require` gives. */
function provide(modules) {
  const key = Symbol.for('portico.modules')
  Object.defineProperty(globalThis, key, { value: modules })
  const urls = new Map()
  for (const [name, module] of Object.entries(modules)) {
    const parts = Object.keys(module).filter((part) => part !== 'default' && /^[\w$]+$/.test(part))
    const source = `const m = globalThis[Symbol.for('portico.modules')][${JSON.stringify(name)}]
export const { ${parts.join()} } = m
export default m`
    urls.set(name, `data:text/javascript,${encodeURIComponent(source)}`)
  }
  registerHooks({
    resolve(specifier, context, next) {
      const url = context.conditions?.includes('require') ? undefined : urls.get(specifier.replace(/^node:/, ''))
      return url ? { url, format: 'module', shortCircuit: true } : next(specifier, context)
    },
  })
}
