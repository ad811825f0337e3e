import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { PorticoError } from '#errors'
import { buildFunction, filesBelow } from '../bundle/index.ts'
import { findFunction } from '../definitions.ts'
import type { FunctionsConfig } from '../settings.ts'
import { locateDeno } from '../worker/index.ts'

const path = z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\\\0][^\\\0]*$/, 'a relative path')

/** A function as it is sent to a running Portico: its bundle and static files, in base64 by their paths. */
export const packageShape = z.object({
  verifyJwt: z.boolean(),
  /** Which of the files is to be imported. */
  entry: path,
  files: z.record(path, z.base64()),
})

export type FunctionPackage = z.infer<typeof packageShape>

/**
 * Bundles a function of a project for being deployed, with what is on this machine.
 *
 * @throws PorticoError NOT_FOUND when the project has no such function, FUNCTION_INVALID when it does not compile
 */
export async function packFunction(name: string, config: FunctionsConfig): Promise<FunctionPackage> {
  const definition = findFunction(name, config)
  if (definition === undefined) throw new PorticoError('NOT_FOUND', { message: `The project has no function ${name}.` })
  const deno = locateDeno()
  if (deno === undefined) throw new PorticoError('PLATFORM_UNSUPPORTED')
  const work = await mkdtemp(join(tmpdir(), `portico-deploy-${randomUUID().slice(0, 8)}-`))
  try {
    const { project, dataFolder } = config
    const toolchain = { deno, cache: join(dataFolder, 'functions', 'deno') }
    const bundles = join(work, 'bundles')
    const { outcome } = await buildFunction(definition, { project, toolchain, bundles, builds: join(work, 'builds') })
    if (!outcome.ok) {
      const message = `The function ${name} does not compile:\n${outcome.diagnostics}`
      throw new PorticoError('FUNCTION_INVALID', { message })
    }
    const folder = join(bundles, name)
    const contents = await Promise.all(
      (await filesBelow(folder)).map(async (file) => [file, await readFile(join(folder, file), 'base64')] as const),
    )
    return {
      verifyJwt: definition.verifyJwt,
      entry: relative(folder, fileURLToPath(outcome.bundle.entry)),
      files: Object.fromEntries(contents),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
