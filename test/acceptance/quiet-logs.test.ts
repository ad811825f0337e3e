import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ethereumWallet, linesOf, messageOf } from '../auth/wallets.ts'
import { folderOf, type Running, startPortico } from '../cli/portico.ts'

// A whole run of a real backend, good and bad: none of its logs, metrics and errors may hold what signs somebody in.

let project: ReturnType<typeof folderOf>
let running: Running
beforeAll(async () => {
  project = folderOf({
    'supabase/config.toml': `
      project_id = "quiet"
      [auth]
      site_url = "http://localhost:3000"
      [auth.email]
      enable_confirmations = true
      max_frequency = "0s"
      [auth.mfa.totp]
      enroll_enabled = true
      verify_enabled = true
      [auth.web3.ethereum]
      enabled = true`,
    'supabase/migrations/1_trap.sql': `
      create table public.diary (id int primary key, line text unique);
      grant all on public.diary to authenticated;
      create function public.trap() returns trigger language plpgsql as $$
        begin if new.email like 'trapped%' then raise 'not in here'; end if; return new; end $$;
      create trigger trap before insert on auth.users for each row execute function public.trap();`,
    'supabase/functions/fails/index.ts': `Deno.serve(() => { throw new Error('on purpose') })`,
  })
  running = await startPortico(['--project', project.path, '--verbose'])
})
afterAll(async () => {
  await running?.end('SIGTERM')
  project?.remove()
})

const secrets = new Map<string, string>()
/** Remembers what must not be seen. */
function secret<T extends string | undefined>(name: string, value: T): T {
  if (value) secrets.set(name, value)
  return value
}

const answers: string[] = []
const url = () => String(running.facts.API_URL)
/** A client whose refusals are kept, to be searched too. */
const client = (key = String(running.facts.PUBLISHABLE_KEY)): SupabaseClient =>
  createClient(url(), key, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      async fetch(input, init) {
        const response = await fetch(input, init)
        if (!response.ok) answers.push(await response.clone().text())
        return response
      },
    },
  })

/** The last mail to an address. */
async function mailTo(address: string): Promise<{ link: string; code: string }> {
  const list = await (await fetch(`${running.facts.MAILPIT_URL}/api/v1/messages`)).json()
  const { ID } = list.messages.find(({ To }: { To: { Address: string }[] }) => To[0]?.Address === address)
  const { HTML } = await (await fetch(`${running.facts.MAILPIT_URL}/api/v1/message/${ID}`)).json()
  const link = String(/href="([^"]+)"/.exec(HTML)?.[1]).replaceAll(/&(?:amp|#38);/g, '&')
  return { link, code: String(/>[^<]*?(\d{6})/.exec(HTML)?.[1]) }
}

async function post(path: string, body: string, token?: string): Promise<void> {
  const headers = { 'content-type': 'application/json', apikey: String(running.facts.PUBLISHABLE_KEY) }
  const authorization = token && { authorization: `Bearer ${token}` }
  const response = await fetch(`${url()}${path}`, { method: 'POST', headers: { ...headers, ...authorization }, body })
  if (!response.ok || path.startsWith('/graphql')) answers.push(await response.text())
}

test('a whole run logs, counts and tells no password, token or code', async () => {
  const email = 'quiet@example.com'
  const password = String(secret('password', 'pass-word-of-the-quiet-one'))
  const visitor = client()
  await visitor.auth.signUp({ email, password })
  const first = await mailTo(email)
  secret('confirmation code', first.code)
  secret('confirmation token', new URL(first.link).searchParams.get('token') ?? undefined)
  await fetch(first.link, { redirect: 'manual' })
  await fetch(first.link, { redirect: 'manual' })

  const { data } = await visitor.auth.signInWithPassword({ email, password })
  const access = String(secret('access token', data.session?.access_token))
  const refresh = String(secret('refresh token', data.session?.refresh_token))
  const wrong = String(secret('wrong password', 'a-wrong-pass-word'))
  await visitor.auth.signInWithPassword({ email, password: wrong })
  await visitor.auth.signUp({ email: 'trapped@example.com', password: wrong })
  await client()
    .auth.refreshSession({ refresh_token: refresh })
    .then(({ data }) => {
      secret('renewed access token', data.session?.access_token)
      secret('renewed refresh token', data.session?.refresh_token)
    })
  await client().auth.refreshSession({ refresh_token: String(secret('unknown refresh token', 'zzzzyyyyxxxx')) })

  await visitor.auth.resetPasswordForEmail(email)
  const recovery = await mailTo(email)
  secret('recovery code', recovery.code)
  await visitor.auth.verifyOtp({ email, token: String(secret('wrong code', '918273')), type: 'recovery' })
  const recovered = await visitor.auth.verifyOtp({ email, token: recovery.code, type: 'recovery' })
  expect(recovered.error).toBeNull()
  await visitor.auth.updateUser({ password: String(secret('new password', 'another-pass-word')) })

  const { data: factor } = await visitor.auth.mfa.enroll({ factorType: 'totp' })
  const key = String(secret('factor', factor?.totp.secret))
  const code = String(secret('factor code', new TOTP({ secret: Secret.fromBase32(key) }).generate()))
  await visitor.auth.mfa.challengeAndVerify({ factorId: String(factor?.id), code: '000000' })
  const raised = await visitor.auth.mfa.challengeAndVerify({ factorId: String(factor?.id), code })
  secret('raised token', raised.data?.access_token)

  const wallet = ethereumWallet()
  const asked = { domain: 'localhost:3000', lines: linesOf(new Date(), { URI: 'http://localhost:3000/' }) }
  const message = messageOf(wallet, asked)
  const signature = wallet.sign(message) as `0x${string}`
  secret('signature of a wallet', signature.slice(2, 66))
  const byWallet = await client().auth.signInWithWeb3({ chain: 'ethereum', message, signature })
  secret('access token of a wallet', byWallet.data.session?.access_token)
  expect((await client().auth.signInWithWeb3({ chain: 'ethereum', message, signature })).error?.status).toBe(400)

  // What is malformed is told of as well.
  await post('/auth/v1/token?grant_type=password', `{"email":"${email}","password":"${password}"`)
  await post('/auth/v1/token?grant_type=password', JSON.stringify({ email, password: [password] }))
  await post('/auth/v1/token?grant_type=refresh_token', JSON.stringify({ refresh_token: [refresh] }))
  await post(
    '/graphql/v1',
    JSON.stringify({ query: `mutation { signInWithPassword(email: "x", password: "${wrong}" }` }),
  )
  await post('/graphql/v1', JSON.stringify({ query: 'mutation($p: Int!) { signOut }', variables: { p: password } }))
  await post('/graphql/v1', `{"query":"{ viewer { id } }","token":"${access}`, access)
  await post('/functions/v1/fails', JSON.stringify({ password }), access)
  await post('/rest/v1/diary', JSON.stringify({ id: password }), access)
  await post('/rest/v1/diary', `[{"id":1,"line":"${password}"},{"id":2,"line":"${password}"}]`, access)
  await fetch(`${url()}/auth/v1/user`, { headers: { authorization: `Bearer ${access}x` } })
  await fetch(`${url()}/auth/v1/callback?code=${secret('provider code', 'a-code-of-some-provider')}&state=x`, {
    redirect: 'manual',
  })
  const admin = client(secret('secret key', running.facts.SECRET_KEY))
  const made = { email: 'made@example.com', password: String(secret('given password', 'pass-word-that-was-given')) }
  await admin.auth.admin.createUser(made)
  await admin.auth.admin.createUser(made)
  const link = await admin.auth.admin.generateLink({ type: 'magiclink', email })
  secret('generated token', link.data.properties?.hashed_token)

  const metrics = await (await fetch(`${url()}/metrics`)).text()
  await running.end('SIGTERM')
  const logs = running.lines.filter(({ kind }) => kind !== 'ready').map((line) => JSON.stringify(line))
  expect(logs.length).toBeGreaterThan(20)
  expect(secrets.size).toBeGreaterThan(18)
  // The Data API names the row that is in the way, to whoever sent it.
  const told = answers.filter((answer) => !answer.includes('"23505"') && !answer.includes('"22P02"'))
  for (const [name, value] of secrets) {
    for (const [where, texts] of Object.entries({ logs, metrics: [metrics], answers: told })) {
      expect(
        texts.filter((text) => text.includes(value)),
        `${name} in the ${where}`,
      ).toEqual([])
    }
  }
  const all = [...logs, metrics].join('\n')
  expect(all).not.toMatch(/\$2[abxy]\$\d\d\$|\$argon2|Bearer ey|whsec_/)
})
