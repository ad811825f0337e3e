import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'

/** Writes what was generated to a file, which is then named on standard error, or to standard output. */
export async function writeOutput(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    process.stdout.write(text)
    return
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  console.error(`Wrote ${relative(process.cwd(), file)}`)
}
