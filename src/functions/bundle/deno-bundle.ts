import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { runDeno, type Toolchain } from './run-deno.ts'

export interface BundleJob {
  readonly config: string
  readonly entrypoint: string
  readonly output: string
}

// The release of esbuild that `deno bundle` of deno 2.9 drives, and where it looks before it downloads one.
const esbuild = { version: '0.25.5', folder: 'esbuild-0.25.5-1' }

/** Runs `deno bundle`: `undefined` when it worked, else its diagnostics. */
export async function denoBundle(toolchain: Toolchain, job: BundleJob): Promise<string | undefined> {
  await provideEsbuild(toolchain.cache)
  const args = ['bundle', '--quiet', '--minify', '--keep-names', '--sourcemap=linked']
  return runDeno(
    [...args, '--config', job.config, '--output', job.output, job.entrypoint],
    dirname(job.config),
    toolchain,
  )
}

/** Puts the esbuild that was installed with Portico where Deno would keep its download: bundling then needs no network. */
async function provideEsbuild(cache: string): Promise<void> {
  const target = `${process.platform}-${process.arch}`
  const place = join(cache, 'dl', esbuild.folder, `esbuild-${target}`)
  if (existsSync(place)) return
  let binary: string
  try {
    const installed = createRequire(import.meta.url).resolve(`@esbuild/${target}/package.json`)
    if (createRequire(import.meta.url)(installed).version !== esbuild.version) return
    binary = join(dirname(installed), 'bin', 'esbuild')
  } catch {
    return
  }
  await mkdir(dirname(place), { recursive: true })
  // In one step, since functions that are called for the first time are bundled side by side.
  const draft = `${place}.${randomUUID()}`
  await symlink(binary, draft)
  await rename(draft, place)
}
