import { sql } from 'kysely'
import type pg from 'pg'
import { errorMessage, isPorticoError, PorticoError } from '#errors'
import { type Observe, silent } from '#observe'
import { asAdministrator, lockDatabase, rows, transaction } from '../administer.ts'
import type { Connections } from '../connections.ts'
import { installExtension } from '../extensions/index.ts'
import { refuseSupabase } from '../supabase-elsewhere.ts'
import type { BaselineOptions } from './options.ts'
import { refuseForeignSchemas } from './platform-schemas.ts'
import { checkPrivileges } from './privileges.ts'
import { applySettings } from './settings.ts'
import { readScript, type Step, steps } from './steps.ts'
import { takeVaultKey } from './vault-key.ts'

/**
 * Brings the platform's own schema (roles, auth, storage, realtime …) up to date on an embedded or external
 * database, each step once and in a transaction of its own; then passwords and settings. Safe to call at every start
 * and from several processes at once.
 *
 * @throws PorticoError CONFIG_INVALID if the administrator lacks privileges, POSTGRES_FAILED if a step fails, a newer
 * Portico made it, or a schema that the administrator works in is somebody else's.
 */
export async function applyBaseline(
  connections: Connections,
  options: BaselineOptions,
  observe: Observe = silent,
): Promise<void> {
  await asAdministrator(connections.for('supabase_admin'), async (client) => {
    await lockDatabase(client)
    await refuseSupabase(client)
    await refuseForeignSchemas(client)
    const pending = await pendingSteps(client)
    if (pending.length > 0) {
      await checkPrivileges(client)
      await prepare(client)
      // Where only an optional step is left to try again, there is nothing to make.
      if (pending.length === steps.length) await makeRecord(client)
      for (const step of pending) await applyStep(client, step, observe)
    }
    await applySettings(client, options, observe)
    if (options.vaultKey !== undefined) await takeVaultKey(client, options.vaultKey)
  })
}

async function pendingSteps(client: pg.ClientBase): Promise<readonly Step[]> {
  const [known] = await rows(
    client,
    sql<{ there: boolean }>`select to_regclass('portico.baseline') is not null as there`,
  )
  if (!known?.there) return steps
  const applied = await rows(client, sql<{ step: string }>`select step from portico.baseline`)
  const names = new Set(applied.map(({ step }) => step))
  const unknown = applied.find(({ step }) => !steps.some(({ name }) => name === step))
  if (unknown) {
    throw new PorticoError('POSTGRES_FAILED', {
      message: `The database was made by a newer Portico (it has the step ${unknown.step}). Use that version or a new one.`,
    })
  }
  return steps.filter(({ name }) => !names.has(name))
}

async function prepare(client: pg.ClientBase): Promise<void> {
  // Losing the last steps in a crash is harmless, they are found missing and applied again; waiting for the disk after
  // each of twenty is not.
  await client.query(`
    set synchronous_commit = off;
    set client_min_messages = warning;
    set check_function_bodies = off;
  `)
}

async function makeRecord(client: pg.ClientBase): Promise<void> {
  await client.query(`
    create schema if not exists portico;
    create table if not exists portico.baseline (step text primary key, applied_at timestamptz not null default now());
    create table if not exists portico.stand_ins (name text primary key, version text not null, schema text not null);
    revoke all on schema portico from public;
  `)
}

async function applyStep(client: pg.ClientBase, step: Step, observe: Observe): Promise<void> {
  try {
    await transaction(client, async () => {
      if ('script' in step) await client.query(readScript(step.name))
      else if (!(await installExtension(client, step.extension, step.schema))) throw missing(step.extension)
      await rows(client, sql`insert into portico.baseline (step) values (${step.name})`)
    })
  } catch (error) {
    if ('extension' in step && step.optional) {
      const text = `The extension ${step.extension} is not there: ${errorMessage(error)}`
      observe({ kind: 'message', level: 'warn', text })
      return
    }
    if (isPorticoError(error)) throw error
    throw new PorticoError('POSTGRES_FAILED', {
      message: `The platform's own schema could not be made (step ${step.name}): ${errorMessage(error)}`,
      details: { step: step.name },
      cause: error,
    })
  }
}

function missing(extension: string): PorticoError {
  return new PorticoError('EXTENSION_UNAVAILABLE', {
    message: `The server lacks the extension ${extension}, which Portico needs. Install Postgres' contrib package on it.`,
    details: { extension },
  })
}
