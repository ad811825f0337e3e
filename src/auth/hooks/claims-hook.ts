import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'

const object = z.looseObject({})

/** What claims must hold for the platform to work, GoTrue's MinimumViableTokenSchema (internal/tokens/service.go). */
const minimum = z.looseObject({
  aud: z.union([z.string(), z.array(z.unknown())]),
  exp: z.int(),
  iat: z.int(),
  sub: z.string(),
  email: z.string(),
  phone: z.string(),
  role: z.string(),
  aal: z.string(),
  session_id: z.string(),
  is_anonymous: z.unknown().refine((value) => value !== undefined, 'is required'),
  jti: z.string().optional(),
  iss: z.string().optional(),
  nbf: z.int().optional(),
  app_metadata: object.optional(),
  user_metadata: object.optional(),
  amr: z.array(z.union([z.string(), object])).optional(),
  client_id: z.string().optional(),
})

/** The claims that the project wants in a token: the given ones where it has no such hook. */
export async function customClaims<Claims extends JsonObject & { readonly sub: string }>(
  { hooks }: Pick<AuthContext, 'hooks'>,
  trx: AuthDatabase,
  claims: Claims,
  { method, client }: { readonly method: string; readonly client: ClientInfo },
): Promise<JsonObject> {
  if (!hooks.has('customAccessToken')) return claims
  const input = { user_id: claims.sub, claims, authentication_method: method }
  const answer = await hooks.ask('customAccessToken', { input, client, db: trx })
  if (answer.claims === undefined) throw new AuthError(500, 'unexpected_failure', 'output claims field is missing')
  const checked = minimum.safeParse(answer.claims)
  if (checked.success) return answer.claims as JsonObject
  const mistakes = checked.error.issues.map(({ path, message }) => `- ${path.join('.') || '(root)'}: ${message}\n`)
  const message = `output claims do not conform to the expected schema: \n${mistakes.join('')}`
  throw new AuthError(500, 'unexpected_failure', message)
}
