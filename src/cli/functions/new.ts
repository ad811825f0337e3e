import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { PorticoError } from '#errors'
import { functionName } from '#functions'
import { pc } from '../colours.ts'
import type { ProjectOptions } from '../options.ts'

const template = new URL('../template/supabase/functions/hello/index.ts', import.meta.url)

/** Makes the folder of a function that answers. Nothing that is there is touched. */
export async function newFunction(name: string, { project }: ProjectOptions): Promise<void> {
  const mistake = (message: string) => new PorticoError('BAD_USER_INPUT', { message })
  if (!functionName.test(name)) {
    throw mistake(
      `${JSON.stringify(name)} is no function name: a letter, then letters, digits, hyphens and underscores.`,
    )
  }
  const folder = join(resolve(project), 'supabase', 'functions', name)
  if (existsSync(folder)) throw mistake(`${relative(process.cwd(), folder)} is there already.`)
  await mkdir(folder, { recursive: true })
  const source = (await readFile(template, 'utf8')).replace('/functions/v1/hello', `/functions/v1/${name}`)
  const files = { 'index.ts': source, 'deno.json': '{\n  "imports": {}\n}\n' }
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(folder, file), text, { flag: 'wx' })
    console.log(`${pc.green('made')}  ${relative(process.cwd(), join(folder, file))}`)
  }
  console.log(`\nCall it with: portico functions invoke ${name} --body '{"name":"Ada"}'`)
}
