// Keeps in dist/ the declarations (.d.ts) that the package's entries lead to, and removes the other thousand: no program
// that imports the package can reach them, and editors would offer what is nobody's to use.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Imports and re-exports, for their effect too (`import './x.ts'` adds to another module's types), and types in place. */
const specifier = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g

/**
 * @param {string} folder what the compiler wrote
 * @param {readonly string[]} entries the declarations that the package exports, by file
 * @param {Readonly<Record<string, string>>} imports `#room` to its file below `folder`
 */
export function keepPublicDeclarations(folder, entries, imports) {
  const kept = new Set()
  const waiting = entries.map((entry) => join(folder, entry))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (kept.has(file)) continue
    kept.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(specifier)) {
      const target = imports[path] ?? path
      const from = target === path ? dirname(file) : folder
      if (target.startsWith('.')) waiting.push(join(from, target.replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.d.ts') && !kept.has(join(folder, name))) rmSync(join(folder, name))
  }
}
