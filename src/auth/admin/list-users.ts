import type { AuthContext } from '../context.ts'
import { defaultAudience, nilUuid, type PresentedUser, presentUser, selectUser } from '../users/index.ts'

export interface UserPage {
  readonly users: readonly PresentedUser[]
  /** How many there are on all pages. */
  readonly total: number
}

export interface UserPageRequest {
  /** From 1. */
  readonly page: number
  readonly perPage: number
  readonly oldestFirst: boolean
  /** Part of an e-mail address or of `user_metadata.full_name`; empty for all users. */
  readonly filter: string
}

/** One page of the project's users. */
export async function listUsers(
  { db }: Pick<AuthContext, 'db'>,
  { page, perPage, oldestFirst, filter }: UserPageRequest,
): Promise<UserPage> {
  const matching = db
    .selectFrom('auth.users as u')
    .where('u.instance_id', '=', nilUuid)
    .where('u.aud', '=', defaultAudience)
    .$if(filter !== '', (query) =>
      query.where((eb) =>
        eb.or([
          eb('u.email', 'like', `%${filter}%`),
          eb(eb.ref('u.raw_user_meta_data', '->>').key('full_name'), 'ilike', `%${filter}%`),
        ]),
      ),
    )
  const direction = oldestFirst ? 'asc' : 'desc'
  const ids = matching
    .select('u.id')
    .orderBy('u.created_at', direction)
    .orderBy('u.id', direction)
    .limit(perPage)
    .offset((page - 1) * perPage)
  const [{ total }, users] = await Promise.all([
    matching.select((eb) => eb.fn.countAll<string>().as('total')).executeTakeFirstOrThrow(),
    selectUser(db).where('u.id', 'in', ids).orderBy('u.created_at', direction).orderBy('u.id', direction).execute(),
  ])
  return { users: users.map(presentUser), total: Number(total) }
}
