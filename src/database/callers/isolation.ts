import pg from 'pg'
import type { RequestInfo } from '../caller.ts'
import type { Statement } from './question.ts'
import type { RoleSettings } from './role-settings.ts'

const setting = 'default_transaction_isolation'
const levels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable']

/** Attempts at a transaction that others get in the way of. */
const most = 10

/**
 * What has to come first in a transaction that its role, or the function it calls, wants kept apart from others': a
 * default that is set within the transaction holds for the next one.
 */
export function isolationOf(
  request: RequestInfo | undefined,
  settings: RoleSettings | undefined,
): Statement | undefined {
  const level = (request?.settings?.[setting] ?? settings?.[setting])?.toLowerCase()
  if (level === undefined || !levels.includes(level)) return undefined
  return { text: `set transaction_isolation = '${level}'`, values: [] }
}

/** Runs a transaction again that another one got in the way of, as PostgREST does: nothing of it has stayed. */
export async function untilSerialized<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === most || !(error instanceof pg.DatabaseError) || error.code !== '40001') throw error
    }
  }
}
