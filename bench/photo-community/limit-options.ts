import type pg from 'pg'

/** What a reference is told when it is started. */
export interface LimitOptions {
  readonly connection: pg.ClientConfig
  readonly secret: string
  /** Keeps Postgres' bytes as they are, and its connections without node-postgres. */
  readonly raw?: boolean
}
