import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { standInScript } from './install.ts'
import { type StandIn, standIns } from './stand-ins.ts'

/**
 * Extensions of the server itself that the project's `postgres`, no superuser, may create. They read or write
 * nothing but the database (postgres_fdw and dblink: other databases, with a password).
 */
const trusted = [
  'autoinc',
  'bloom',
  'dblink',
  'earthdistance',
  'insert_username',
  'moddatetime',
  'pg_prewarm',
  'pg_stat_statements',
  'pg_walinspect',
  'pgrowlocks',
  'pgstattuple',
  'postgres_fdw',
  'refint',
  'sslinfo',
]

/**
 * Writes the folder that the embedded Postgres finds extensions in besides its own: start it with
 * `-c extension_control_path='FOLDER:$system'` (18 and later) and `create extension pg_net` works.
 * Writes only what differs, so every start may call it.
 *
 * @param folder kept by us, readable by the user Postgres runs as
 * @param system Postgres' own extension folder, `…/share/postgresql/extension`
 */
export function writeExtensionFolder(folder: string, system: string): void {
  const target = join(folder, 'extension')
  mkdirSync(target, { recursive: true, mode: 0o755 })
  for (const path of [folder, target]) chmodSync(path, 0o755)
  for (const standIn of standIns) {
    const script = join(target, `${standIn.name}--${standIn.version}.sql`)
    // A version of theirs never changes; reading it out of its archive at every start would take longer than all others.
    if (!standIn.genuine || !existsSync(script)) {
      const text = standInScript(standIn)
      if (text === undefined) continue
      write(script, text)
    }
    write(join(target, `${standIn.name}.control`), control(standIn))
  }
  for (const name of trusted) {
    const original = join(system, `${name}.control`)
    if (!existsSync(original)) continue
    const lines = readFileSync(original, 'utf8').trimEnd()
    write(join(target, `${name}.control`), `${lines}\ntrusted = true\ndirectory = '${system.replaceAll("'", "''")}'\n`)
  }
}

function control({ version, schema, requires, does, genuine = false }: StandIn): string {
  const lines = [
    `comment = '${does.replaceAll("'", "''")}'`,
    `default_version = '${version}'`,
    `relocatable = ${genuine}`,
    `superuser = ${!genuine}`,
    'trusted = true',
    ...(schema ? [`schema = ${schema}`] : []),
    ...(requires ? [`requires = '${requires.join(', ')}'`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function write(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return
  writeFileSync(`${path}.new`, content, { mode: 0o644 })
  renameSync(`${path}.new`, path)
}
