import type { CallerPool } from '#database'
import { type Asker, createSession, type Session, serviceCaller } from './session.ts'

export interface Database {
  /** As the one who asks, under row-level security. */
  as(asker: Asker): Session
  /**
   * As `service_role`, past row-level security, for what the service does on its own account. Triggers on Storage's
   * tables see that role, as they do on Supabase.
   */
  asService(asker?: Pick<Asker, 'request' | 'operation'>): Session
}

export function createDatabase(callers: CallerPool): Database {
  return {
    as: (asker) => createSession(callers, asker),
    asService: ({ request, operation } = { request: undefined, operation: '' }) =>
      createSession(callers, { caller: serviceCaller, request, operation }),
  }
}
