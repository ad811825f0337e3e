import type { Observe } from '#observe'
import type { Connections } from '../connections.ts'

/** A project's SQL, and the database that it is applied to. */
export interface ProjectOptions {
  readonly connections: Connections
  /** The project's folder: what names of files in messages are relative to. */
  readonly root: string
  /** Its `supabase` folder, with `roles.sql` and `migrations`. */
  readonly supabase: string
  /** `[db.migrations]`. Schema files are run only where there is no migration at all: migrations are made from them. */
  readonly migrations: {
    readonly enabled: boolean
    readonly schemaPaths: readonly string[]
    /** Where to stop: at a version, or before so many of the last. */
    readonly until?: { readonly version: string } | { readonly last: number }
  }
  /** `[db.seed]` */
  readonly seed: { readonly enabled: boolean; readonly sqlPaths: readonly string[] }
  /** `[db.vault]`: secrets by name, put into the vault at every start. */
  readonly vault?: Readonly<Record<string, string>>
  /**
   * `[api].auto_expose_new_tables`. False takes the API's roles out of the default privileges of `public` before
   * the first migration, so that a table is reached only by explicit grants.
   */
  readonly exposeNewTables?: boolean
  readonly observe: Observe
}
