/**
 * The reference for refreshing: bare node:http, the statements that Portico sends, prepared and by hand, and an HS256
 * signature. Nothing is checked that the statements do not check. Runs in a process of its own.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import type { LimitOptions } from '../photo-community/limit-options.ts'

const { connection, secret } = JSON.parse(process.argv[2] ?? '{}') as LimitOptions
const pool = new pg.Pool({ ...connection, max: 8 })

const statements = {
  lock: `select s.id from auth.sessions s
    where s.id = (select session_id from auth.refresh_tokens where token = $1) for update`,
  read: `select s.id as session, u.id as owner, s.created_at, s.not_after, s.oauth_client_id, s.scopes, u.email, u.phone,
      u.is_sso_user, u.raw_user_meta_data, u.banned_until, t.updated_at, coalesce(t.revoked, false) as revoked,
      s.refreshed_at at time zone 'utc' as refreshed_at
    from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id join auth.users u on u.id = s.user_id
    where t.token = $1`,
  renew: `with touched as (
      update auth.sessions set refreshed_at = now(), updated_at = now(), user_agent = $5, ip = $6 where id = $4
    ), events as (
      insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
      values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), $7, now(), $8),
        ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), $7, now(), $8)
    ), spent as (
      update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1
    ), next as (
      insert into auth.refresh_tokens
        (instance_id, token, user_id, session_id, parent, revoked, created_at, updated_at)
      values ('00000000-0000-0000-0000-000000000000', $2, $3, $4, $1, false, now(), now())
    )
    select u.*,
      (select coalesce(json_agg(i), '[]') from auth.identities i where i.user_id = u.id) as identities,
      (select coalesce(json_agg(f), '[]') from auth.mfa_factors f where f.user_id = u.id) as factors,
      (select json_agg(json_build_object('method', authentication_method, 'timestamp', extract(epoch from updated_at))
        order by updated_at desc) from auth.mfa_amr_claims where session_id = $4) as amr
    from auth.users u where u.id = $3::uuid`,
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function sign(claims: object): string {
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

async function refresh(token: string): Promise<object> {
  const client = await pool.connect()
  const ask = async (name: keyof typeof statements, ...values: unknown[]) =>
    (await client.query({ name, text: statements[name], values })).rows
  try {
    await client.query('begin')
    await ask('lock', token)
    const [{ session, owner }] = await ask('read', token)
    const successor = randomBytes(6).toString('hex')
    const event = JSON.stringify({ action: 'token_refreshed', actor_id: owner, log_type: 'token' })
    const address = '127.0.0.1'
    const [user] = await ask('renew', token, successor, owner, session, 'bench', address, event, address)
    await client.query('commit')
    const exp = Math.floor(Date.now() / 1000) + 3600
    const { amr, id: sub, role, raw_app_meta_data, raw_user_meta_data } = user
    const claims = { sub, role, exp, amr, session_id: session, raw_app_meta_data, raw_user_meta_data }
    return { access_token: sign(claims), refresh_token: successor, user }
  } finally {
    client.release()
  }
}

const server = createServer(async (req, res) => {
  const { refresh_token: token } = JSON.parse(await text(req)) as { refresh_token: string }
  const body = JSON.stringify(await refresh(token))
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  res.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
