import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { bundlingEnvironment } from './bundling-environment.ts'

export interface Toolchain {
  /** The deno binary. */
  readonly deno: string
  /** Deno's own cache of packages and compiled code (`DENO_DIR`). */
  readonly cache: string
  /** Ends the bundling under way. */
  readonly signal?: AbortSignal
}

export interface BundleJob {
  readonly config: string
  readonly entrypoint: string
  readonly output: string
}

// The release of esbuild that `deno bundle` of deno 2.9 drives, and where it looks before it downloads one.
const esbuild = { version: '0.25.5', folder: 'esbuild-0.25.5-1' }
const timeoutMs = 120_000

/** Runs `deno bundle`: `undefined` when it worked, else its diagnostics. */
export async function denoBundle({ deno, cache, signal }: Toolchain, job: BundleJob): Promise<string | undefined> {
  await provideEsbuild(cache)
  const npmrcs = [join(dirname(job.config), '.npmrc'), join(homedir(), '.npmrc')]
  const environment = bundlingEnvironment(process.env, npmrcs)
  const args = ['bundle', '--quiet', '--minify', '--keep-names', '--sourcemap=linked']
  return new Promise((resolve) => {
    execFile(
      deno,
      [...args, '--config', job.config, '--output', job.output, job.entrypoint],
      {
        env: { ...environment, DENO_DIR: cache, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
        cwd: dirname(job.config),
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        ...(signal && { signal }),
        maxBuffer: 16 * 1024 * 1024,
      },
      (error, _stdout, stderr) => {
        if (error === null) resolve(undefined)
        else if (signal?.aborted) resolve('Bundling was ended.')
        else if (error.killed) resolve(`Bundling did not finish within ${timeoutMs / 1000} s.\n${readable(stderr)}`)
        else resolve(readable(stderr) || error.message)
      },
    )
  })
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

/** What a function's author can use of Deno's output. */
function readable(stderr: string): string {
  return stripVTControlCharacters(stderr)
    .replace(/^error: bundling failed\n/m, '')
    .replace(/\n*Stack backtrace:[\s\S]*$/, '')
    .split('\n')
    .filter((line) => !/^(?:Download|Initialize) |deno bundle is experimental/.test(line))
    .join('\n')
    .trim()
}
