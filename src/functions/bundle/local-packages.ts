import { existsSync } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface LocalPackages {
  /** Each linked package's package.json: when it changes, so may the bundle. */
  readonly files: readonly string[]
  /** Packages that neither the project nor Portico has installed. */
  readonly missing: readonly string[]
}

/**
 * Makes `folder/node_modules` hold exactly the named packages, linked from where the project (looking upwards from
 * its functions) or else Portico itself has them installed. Versions are not compared here: Deno does that.
 */
export async function linkPackages(
  names: Iterable<string>,
  { folder, functionsFolder }: { folder: string; functionsFolder: string },
): Promise<LocalPackages> {
  const modules = join(folder, 'node_modules')
  await rm(modules, { recursive: true, force: true })
  const files: string[] = []
  const missing: string[] = []
  for (const name of new Set(names)) {
    const installed = findUpwards(name, functionsFolder) ?? findUpwards(name, import.meta.dirname)
    if (installed === undefined) {
      missing.push(name)
      continue
    }
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(installed, join(modules, name))
    files.push(join(installed, 'package.json'))
  }
  return { files, missing }
}

function findUpwards(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(folder) === folder) return undefined
  }
}
