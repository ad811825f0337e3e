import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
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

const timeoutMs = 120_000

/** Runs a command of Deno in a folder, with what its .npmrc asks for: `undefined` when it worked, else its diagnostics. */
export function runDeno(
  args: readonly string[],
  folder: string,
  { deno, cache, signal }: Toolchain,
): Promise<string | undefined> {
  const npmrcs = [join(folder, '.npmrc'), join(homedir(), '.npmrc')]
  const environment = bundlingEnvironment(process.env, npmrcs)
  return new Promise((resolve) => {
    execFile(
      deno,
      args,
      {
        env: { ...environment, DENO_DIR: cache, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
        cwd: folder,
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
