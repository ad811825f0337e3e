// Adds to package-lock.json the optional platform packages that `npm install` left out.
// npm omits them when the registry mirror at hand lacks one (or when node_modules was made on another
// platform), and `npm ci` then refuses the lock on every machine. Run it after each `npm install`.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

const platforms = ['linux', 'darwin', 'win32', 'freebsd', 'android', 'openharmony', 'sunos', 'netbsd', 'openbsd', 'aix']
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32']

/** Platform packages say where they run in their name: `@scope/tool-linux-arm64-musl`. */
function constraints(name) {
  const words = name.toLowerCase().split(/[/-]/)
  const os = platforms.filter((os) => words.includes(os))
  const cpu = processors.filter((cpu) => words.includes(cpu))
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(words.includes('musl') && { libc: ['musl'] }) }
}

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    const { os, cpu } = constraints(name)
    if (lock.packages[path] || !(os || cpu) || !/^\d/.test(version)) continue
    lock.packages[path] = { version, ...constraints(name), ...(entry.dev && { dev: true }), optional: true }
  }
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
