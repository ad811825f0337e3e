import { createHash } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Assertion, maximumAge } from '../saml/index.ts'

/** Milliseconds: another copy's clock may be behind, and a code is good for five minutes. */
const longer = 600_000

/**
 * An assertion signs in once: whoever overheard it comes too late. GoTrue looks at how old it is. Call it within the
 * sign-in's transaction, so that one that fails spends nothing.
 *
 * @param flowId the flow whose code is worth the session, so that its end is known there
 */
export async function spendAssertion(
  trx: AuthDatabase,
  { entityId, assertion, flowId }: { entityId: string; assertion: Assertion; flowId: string | undefined },
  now: Date,
): Promise<void> {
  const hash = createHash('sha256').update(`${entityId}\n${assertion.id}`).digest()
  const last = Math.max(now.getTime(), assertion.issueInstant.getTime())
  await trx.deleteFrom('portico.auth_saml_assertions').where('expires_at', '<', now).execute()
  const spent = await trx
    .insertInto('portico.auth_saml_assertions')
    .values({
      hash,
      expires_at: new Date(last + maximumAge + longer),
      flow_state_id: flowId ?? null,
      session_not_after: assertion.sessionNotOnOrAfter ?? null,
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .executeTakeFirstOrThrow()
  if (spent.numInsertedOrUpdatedRows === 0n) {
    throw new AuthError(400, 'validation_failed', 'SAML Assertion is not valid')
  }
}
