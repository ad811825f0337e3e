import type { Claims } from '#database'
import { isPorticoError } from '#errors'
import type { SignedIn } from '../account/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { findUserById, isBanned } from '../users/index.ts'
import { isUuid } from '../uuid.ts'

/** Roles that may administer users, as GoTrue has them. */
const adminRoles = new Set(['service_role', 'supabase_admin'])

/** Who is signed in, at an app of the project's own: another application may not have the account. */
export async function requireUser(ctx: AuthContext, request: Request): Promise<SignedIn> {
  const signedIn = await requireUserOrClient(ctx, request)
  if (signedIn.clientId === null) return signedIn
  throw new AuthError(403, 'no_authorization', 'An OAuth client is not allowed to perform these actions')
}

/**
 * Who is signed in, or who let the application in that asks. The token must be valid, and its user and session must
 * still exist.
 */
export async function requireUserOrClient(ctx: AuthContext, request: Request): Promise<SignedIn> {
  const claims = await readClaims(ctx, request)
  const signedIn = await loadSignedIn(ctx, claims)
  if (isBanned(signedIn.user.banned_until, ctx.clock())) throw new AuthError(403, 'user_banned', 'User is banned')
  return signedIn
}

/** As `requireUser`, for what an anonymous account may not have. */
export async function requirePermanent(ctx: AuthContext, request: Request): Promise<SignedIn> {
  const signedIn = await requireUser(ctx, request)
  if (!signedIn.user.is_anonymous) return signedIn
  throw new AuthError(403, 'no_authorization', 'Anonymous user not allowed to perform these actions')
}

/** Throws unless the token's role may administer users. The token of a user also needs its session. */
export async function requireAdmin(ctx: AuthContext, request: Request): Promise<void> {
  const claims = await readClaims(ctx, request)
  if (!adminRoles.has(String(claims.role))) throw new AuthError(403, 'not_admin', 'User not allowed')
  if (claims.session_id || claims.client_id) await requireUser(ctx, request)
}

async function readClaims({ verifier }: AuthContext, request: Request): Promise<Claims> {
  const token = /^bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!token) throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
  try {
    return (await verifier.verify(token)).claims
  } catch (error) {
    if (!isPorticoError(error, 'UNAUTHENTICATED')) throw error
    throw badToken(`invalid JWT: unable to parse or verify signature, ${error.message}`)
  }
}

async function loadSignedIn({ db }: AuthContext, claims: Claims): Promise<SignedIn> {
  const { sub, session_id: sessionId, client_id: named } = claims
  if (!sub) throw badToken('invalid claim: missing sub claim')
  if (!isUuid(sub)) throw new AuthError(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  const user = await findUserById(db, sub)
  if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  const clientNamed = typeof named === 'string' ? named : null
  if (!sessionId || sessionId === noSession) return { user, session: undefined, clientId: clientNamed }
  if (!isUuid(sessionId)) throw badToken('invalid claim: session_id claim must be a UUID')
  const session = await db
    .selectFrom('auth.sessions')
    .select(['id', 'created_at as createdAt', 'aal', 'oauth_client_id as clientId'])
    .where('id', '=', sessionId)
    .where('user_id', '=', sub)
    .executeTakeFirst()
  if (session) return { user, session, clientId: session.clientId ?? clientNamed }
  throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
}

/** The session of a token that is of none, as GoTrue signs it. */
const noSession = '00000000-0000-0000-0000-000000000000'

function badToken(message: string): AuthError {
  return new AuthError(403, 'bad_jwt', message)
}
