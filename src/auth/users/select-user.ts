import { expressionBuilder, type InferResult, sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import type { AuthDatabase, AuthTables } from '../database/index.ts'

/** Every user row this room writes carries it; GoTrue filters by it. */
export const nilUuid = '00000000-0000-0000-0000-000000000000'

/** A user with identities and factors, as every operation reads it. */
export type User = InferResult<ReturnType<typeof selectUser>>[number]

export type Identity = User['identities'][number]

const eb = expressionBuilder<AuthTables & { u: AuthTables['auth.users'] }, 'u'>()

/** As JSON, of the user that a query calls `u`. */
export const identitiesOfUser = jsonArrayFrom(
  eb.selectFrom('auth.identities as i').selectAll('i').whereRef('i.user_id', '=', 'u.id').orderBy('i.created_at'),
)

/** Without their secrets. */
export const factorsOfUser = jsonArrayFrom(
  eb
    .selectFrom('auth.mfa_factors as f')
    .select(['f.id', 'f.friendly_name', 'f.factor_type', 'f.status', 'f.phone'])
    .select(['f.created_at', 'f.updated_at', 'f.last_challenged_at'])
    .whereRef('f.user_id', '=', 'u.id')
    .orderBy('f.created_at'),
)

/** Reads users; add a `where`. */
export function selectUser(db: AuthDatabase) {
  return db
    .selectFrom('auth.users as u')
    .selectAll('u')
    .select([identitiesOfUser.as('identities'), factorsOfUser.as('factors')])
}

/** A user whose row this transaction has added or locked: nobody else can have deleted it. */
export function stillThere(user: User | undefined): User {
  if (!user) throw new Error('a user vanished within the transaction that added or locked it')
  return user
}

export async function findUserById(db: AuthDatabase, id: string): Promise<User | undefined> {
  return await selectUser(db).where('u.id', '=', id).executeTakeFirst()
}

/** Finds by the address in lower case; accounts made by single sign-on may share one and do not count. */
export async function findUserByEmail(db: AuthDatabase, email: string): Promise<User | undefined> {
  return await selectUser(db)
    .where('u.instance_id', '=', nilUuid)
    .where(sql`lower(u.email)`, '=', email)
    .where('u.is_sso_user', '=', false)
    .executeTakeFirst()
}

/** Finds by the number without its plus sign. */
export async function findUserByPhone(db: AuthDatabase, phone: string): Promise<User | undefined> {
  return await selectUser(db).where('u.phone', '=', phone).where('u.is_sso_user', '=', false).executeTakeFirst()
}

/** The same user, whose row no one else may change until the transaction ends. */
export async function lockUser(trx: AuthDatabase, id: string): Promise<User | undefined> {
  const locked = await trx
    .selectFrom('auth.users as u')
    .select('u.id')
    .where('u.id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return locked && (await findUserById(trx, locked.id))
}
