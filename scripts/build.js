// Makes dist/, which `npm pack` puts into the package: Node does not strip types under node_modules.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepPublicDeclarations } from './public-declarations.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const [source, target] = [join(root, 'src'), join(root, 'dist')]
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

rmSync(target, { recursive: true, force: true })
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
// Standard output belongs to `npm pack`, which prints the package's name there.
const compile = spawnSync(process.execPath, [compiler, '--project', join(root, 'tsconfig.build.json')], {
  stdio: ['ignore', 2, 2],
})
if (compile.status !== 0) process.exit(compile.status ?? 1)

// SQL, Deno's prelude, the template of `portico init`: whatever the compiler leaves out.
for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name)
  const compiled = file.endsWith('.ts') && !file.startsWith(join(source, 'cli', 'template'))
  if (!entry.isFile() || compiled) continue
  const copy = join(target, relative(source, file))
  mkdirSync(dirname(copy), { recursive: true })
  copyFileSync(file, copy)
}

// pgTAP, for whose sake nobody should install all of PGlite.
const pgtap = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite-pgtap'))
copyFileSync(join(pgtap, 'pgtap.tar.gz'), join(target, 'database', 'extensions', 'pgtap.tar.gz'))

// The nearest package.json is the one whose `imports` count: here `#room` leads to what was compiled.
const imports = Object.fromEntries(
  Object.entries(manifest.imports).map(([room, path]) => [
    room,
    path.replace(/^\.\/src\//, './').replace(/\.ts$/, '.js'),
  ]),
)
writeFileSync(join(target, 'package.json'), `${JSON.stringify({ type: 'module', imports }, null, 2)}\n`)
keepPublicDeclarations(target, ['index.d.ts', 'schema.d.ts'], imports)
