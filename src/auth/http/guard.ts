import type { Context } from 'hono'
import { z } from 'zod'
import type { AuthContext } from '../context.ts'
import type { LimitKind } from '../limits/index.ts'
import { requireAdmin } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { text } from './fields.ts'
import { readOptionalBody } from './read-body.ts'

const securityBody = z.object({ gotrue_meta_security: z.object({ captcha_token: text }).nullish() })

/** Counts a request against the limit of its kind for the address that it comes from. */
export async function limit({ limits }: AuthContext, kind: LimitKind, { req }: Context): Promise<void> {
  await limits.take(kind, clientInfo(req.raw).ip)
}

/** Where the project wants a CAPTCHA, throws unless one was solved for this request. A service needs none. */
export async function requirePerson(ctx: AuthContext, { req }: Context): Promise<void> {
  const { captcha } = ctx
  if (!captcha || (await isAdmin(ctx, req.raw))) return
  const { gotrue_meta_security: security } = await readOptionalBody(req.raw.clone(), securityBody)
  await captcha.check((security?.captcha_token ?? '').trim(), clientInfo(req.raw).ip)
}

async function isAdmin(ctx: AuthContext, request: Request): Promise<boolean> {
  return await requireAdmin(ctx, request).then(
    () => true,
    () => false,
  )
}
