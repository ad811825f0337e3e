#!/usr/bin/env -S node --
// `--`: Node would take an --env-file of the command line for its own, whatever it stands behind.
// The launcher: plain JavaScript that any Node.js can read. It finds a Node.js that can run Portico
// (22.18 or later: native TypeScript for a project's schema/*.ts) and hands over to the real entry.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { bundledNode } from './bundled-node.js'
import { beginLean, leanEnvironment } from './lean-memory.js'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const capable = major > 22 || (major === 22 && minor >= 18)
const source = new URL('../src/main.ts', import.meta.url)
const entry = existsSync(source) ? source : new URL('../dist/main.js', import.meta.url)

if (process.platform === 'win32') {
  console.error('Portico runs on Linux and macOS. On Windows, run it inside WSL 2.')
  process.exit(1)
} else if (capable) {
  if (process.argv[2] === 'start') beginLean()
  // Read by libraries while they load: graphql-js leaves out checks that only its own developers need.
  if (process.argv.includes('--production')) process.env.NODE_ENV ??= 'production'
  // Compiled once, not at every start; kept where nobody else writes, since it is code that will run.
  module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/portico', import.meta.url)))
  // An old Node.js that handed over to this process is gone, by `kill -9` perhaps: what it started stops too.
  if (process.channel) {
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
    process.channel.unref()
  }
  await import(entry.href)
} else {
  const node = bundledNode()
  if (!node || !existsSync(node)) {
    console.error(
      `Portico needs Node.js 22.18 or later; this is ${process.version} and none came with the package (optional dependencies were left out).`,
    )
    process.exit(1)
  }
  const child = spawn(node, ['--', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env: leanEnvironment(),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
