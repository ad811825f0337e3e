import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'postgraphile')

/** The file that serves PostGraphile, a package of its own that nobody has to install for Portico's sake. */
export async function postgraphileServer(): Promise<string> {
  if (!existsSync(join(folder, 'node_modules', 'postgraphile'))) {
    console.log('PostGraphile is installed, about 300 MB')
    const npm = spawn('npm', ['ci', '--prefix', folder, '--ignore-scripts'], { stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = await once(npm, 'close')
    if (code !== 0) throw new Error('PostGraphile could not be installed')
  }
  return join(folder, 'server.js')
}
