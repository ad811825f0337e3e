import { loadConfig } from '#config'
import { type FunctionStatus, findFunctions } from '#functions'
import { operate, runningBackend } from '../backend.ts'
import { columns } from '../columns.ts'
import type { ProjectOptions } from '../options.ts'
import { isStructured, type StructuredForm, structured } from '../structured.ts'

export interface ListOptions extends ProjectOptions {
  readonly output: 'table' | 'pretty' | StructuredForm
}

/** Prints the functions of the running backend, or else of the project. */
export async function listFunctions({ output, ...options }: ListOptions): Promise<void> {
  const backend = runningBackend(options)
  const functions = backend
    ? ((await (await operate(backend, '/functions')).json()) as FunctionStatus[])
    : await ofProject(options)
  if (isStructured(output))
    return console.log(
      structured(
        output,
        functions.map((found) => ({ ...found })),
        'functions',
      ),
    )
  if (functions.length === 0) return console.log('There is no function. Make one with: portico functions new NAME')
  const rows = functions.map(({ name, verifyJwt, version, deployedAt, versions, workers }) => [
    name,
    verifyJwt ? 'token needed' : 'open to all',
    version === null ? 'project folder' : `version ${version} of ${versions.length}, ${deployedAt}`,
    workers === 1 ? '1 process' : `${workers} processes`,
  ])
  for (const line of columns(rows)) console.log(line)
}

async function ofProject(options: ProjectOptions): Promise<FunctionStatus[]> {
  const config = await loadConfig({ ...options, env: process.env })
  const nothing = { version: null, deployedAt: null, versions: [], workers: 0 }
  return [...findFunctions(config).values()].map(({ name, verifyJwt }) => ({ name, verifyJwt, ...nothing }))
}
