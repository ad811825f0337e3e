import type pg from 'pg'

/** What the reference is told when it is started. */
export interface LimitOptions {
  readonly connection: pg.ClientConfig
  readonly secret: string
}
