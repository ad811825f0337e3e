// Puts the Node.js that npm installed (an optional dependency) on the PATH of this checkout's npm scripts.
// npm 10 drops `.bin/node` when several platform packages offer it, and Node 20 cannot run this code.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledNode } from './bundled-node.js'

const link = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
const node = bundledNode()
if (node && !existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(relative(dirname(link), node), link)
}
