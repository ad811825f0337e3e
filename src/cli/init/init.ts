import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PorticoError } from '#errors'
import { pc } from '../colours.ts'
import { shellWord } from '../shell-word.ts'

const template = fileURLToPath(new URL('../template/', import.meta.url))

/** npm leaves files of these names out of packages. */
const packedAs: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

/** Makes a project that starts at once. Files that are there are left as they are. */
export async function init(folder: string): Promise<void> {
  const root = resolve(folder)
  if (existsSync(join(root, 'supabase'))) {
    throw new PorticoError('BAD_USER_INPUT', {
      message: `${join(folder, 'supabase')} is there already: this is a project. Start it with: ${startLine(root)}`,
    })
  }
  const packageIsTheirs = existsSync(join(root, 'package.json'))
  for (const file of await filesOf(template)) {
    const target = join(root, packedAs[file] ?? file)
    const text = await readFile(join(template, file), 'utf8')
    const filled = text.replace('PROJECT_ID', projectId(root)).replace('PORTICO_VERSION', dependency(root))
    const made = await create(target, filled)
    console.log(`${made ? pc.green('made') : pc.yellow('kept')}  ${relative(process.cwd(), target)}`)
  }
  await makeSchemaModules(root)
  const way = relative(process.cwd(), root)
  const enter = way === '' ? '' : `cd ${shellWord(way)} && `
  // A package that was there starts what it is for.
  const start = packageIsTheirs
    ? `npm install --save-dev ${packageOf(root)} && npx portico start`
    : 'npm install && npm start'
  console.log(`\nStart it with: ${enter}${start}`)
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
}

/** Answers false if the file is there already. */
async function create(file: string, text: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true })
  try {
    await writeFile(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** In a package of CommonJS modules, the files of `schema/` would be taken for such. */
async function makeSchemaModules(root: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { type?: string }
  if (manifest.type !== 'module') await create(join(root, 'schema', 'package.json'), '{ "type": "module" }\n')
}

/** The version that makes the project; from a checkout, the checkout. */
function dependency(root: string): string {
  const packaged = join(template, '../../..')
  if (!packaged.split(sep).includes('node_modules')) return `file:${relative(root, packaged)}`
  const manifest = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}

function packageOf(root: string): string {
  const wanted = dependency(root)
  return wanted.startsWith('file:') ? wanted : `portico@${wanted}`
}

function projectId(root: string): string {
  return basename(root).replaceAll(/[^\w.-]+/g, '-') || 'app'
}

function startLine(root: string): string {
  const folder = relative(process.cwd(), root)
  return folder === '' ? 'portico start' : `portico start --project ${folder}`
}
