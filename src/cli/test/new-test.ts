import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { PorticoError } from '#errors'
import type { ProjectOptions } from '../options.ts'

const template = `begin;
select plan(1);

-- The functions there are: https://pgtap.org/documentation.html
select pass('replace me');

select * from finish();
rollback;
`

/** Makes a test that runs, in supabase/tests. */
export async function newTest(name: string, { project }: ProjectOptions): Promise<void> {
  const path = join(resolve(project), 'supabase', 'tests', `${name}_test.sql`)
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, template, { flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new PorticoError('BAD_USER_INPUT', { message: `${relative(process.cwd(), path)} is there already.`, cause })
  }
  console.log(relative(process.cwd(), path))
}
