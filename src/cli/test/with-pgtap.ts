import type pg from 'pg'
import { administer, asAdministrator, installExtension } from '#database'
import { errorMessage, PorticoError } from '#errors'

/**
 * Lends the work a database with pgTAP in it, as Supabase's CLI does: one that it makes for the work alone is dropped
 * behind it.
 *
 * @param login of the role that the tests run as
 * @param administrator of a database that Portico has built; what the server does not have is made there as plain SQL, and stays
 * @throws PorticoError EXTENSION_UNAVAILABLE
 */
export async function withPgtap<T>(
  login: pg.ClientConfig,
  administrator: pg.ClientConfig,
  work: (made: { readonly plainly: boolean }) => Promise<T>,
): Promise<T> {
  const found = await administer(login, offered)
  if (found === 'installed') return await work({ plainly: false })
  if (found === 'not there') {
    await asAdministrator(administrator, installPlainly)
    return await work({ plainly: true })
  }
  await administer(login, (client) => client.query(`create extension pgtap${found}`))
  try {
    return await work({ plainly: false })
  } finally {
    await administer(login, (client) => client.query('drop extension if exists pgtap')).catch((error) =>
      console.error(`pgTAP stays in the database: ${errorMessage(error)}`),
    )
  }
}

async function offered(client: pg.ClientBase): Promise<'installed' | 'not there' | '' | ' with schema extensions'> {
  const { rows } = await client.query<{ installed: boolean; home: boolean }>(
    `select installed_version is not null as installed, to_regnamespace('extensions') is not null as home
     from pg_catalog.pg_available_extensions where name = 'pgtap'`,
  )
  if (!rows[0]) return 'not there'
  if (rows[0].installed) return 'installed'
  return rows[0].home ? ' with schema extensions' : ''
}

async function installPlainly(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ ours: boolean }>(`select to_regclass('portico.stand_ins') is not null as ours`)
  if (!rows[0]?.ours) {
    throw new PorticoError('EXTENSION_UNAVAILABLE', {
      message: 'This server does not have the extension pgtap, and its database is not one that Portico has built.',
    })
  }
  await client.query('begin')
  await installExtension(client, 'pgtap', 'extensions')
  await client.query('commit')
}
