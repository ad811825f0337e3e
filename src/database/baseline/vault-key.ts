import { sql } from 'kysely'
import type pg from 'pg'
import { rows, transaction } from '../administer.ts'
import { readScript } from './steps.ts'

interface Vault {
  /** Whether its key is in the database: one that was just made, or comes from an older Portico. */
  readonly inside: boolean
  /** Where its key is otherwise. */
  readonly file: string | null
  readonly pgcrypto: string
}

/**
 * Has the vault take its key from a file that only the server reads. Secrets that were encrypted with a key in the
 * database, or with that of another file which is still there, are encrypted anew.
 *
 * @param file absolute, as the server sees it
 */
export async function takeVaultKey(client: pg.ClientBase, file: string): Promise<void> {
  const vault = await readVault(client)
  if (!vault || (!vault.inside && vault.file === file)) return
  await transaction(client, async () => {
    await rows(client, sql`select set_config('check_function_bodies', 'off', true)`)
    await client.query(readScript('vault_key'))
    if (!vault.inside && vault.file) await rows(client, sql`select vault._change_key(${vault.file}, ${file})`)
    await rows(client, sql`delete from vault._key_file`)
    await rows(client, sql`insert into vault._key_file (path) values (${file})`)
    if (!vault.inside) return
    const encrypted = sql`encode(${sql.id(vault.pgcrypto, 'pgp_sym_encrypt')}(
      ${sql.id(vault.pgcrypto, 'pgp_sym_decrypt')}(decode(secret, 'base64'), (select key from vault._key)),
      vault._file_key(), 'cipher-algo=aes256, s2k-mode=1, compress-algo=0'), 'base64')`
    await rows(client, sql`update vault.secrets set secret = ${encrypted}`)
    // With its pages, where a deleted row would stay.
    await rows(client, sql`truncate vault._key`)
  })
}

/** Undefined where the vault is none of ours, or not there. */
async function readVault(client: pg.ClientBase): Promise<Vault | undefined> {
  const [found] = await rows(
    client,
    sql<{ ours: boolean; moved: boolean; pgcrypto: string | null }>`
      select to_regclass('vault._key') is not null as ours, to_regclass('vault._key_file') is not null as moved,
        (select extnamespace::regnamespace::text from pg_extension where extname = 'pgcrypto') as pgcrypto`,
  )
  if (!found?.ours || found.pgcrypto === null) return undefined
  const [key] = await rows(client, sql<{ inside: boolean }>`select exists (select from vault._key) as inside`)
  const [file] = found.moved ? await rows(client, sql<{ path: string }>`select path from vault._key_file`) : []
  return { inside: key?.inside ?? false, file: file?.path ?? null, pgcrypto: found.pgcrypto }
}
