import { inspect } from 'node:util'
import { base58 } from '@scure/base'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, must, password, serviceRoleKey } from './auth-fixture.ts'
import { ethereumWallet, knownWallet, linesOf, messageOf, solanaWallet, type Wallet } from './wallets.ts'

const enabled = { ethereum: { enabled: true }, solana: { enabled: true } }
const settings = {
  web3: enabled,
  siteUrl: 'https://app.example.com',
  additionalRedirectUrls: ['https://*.preview.example.com/**', 'http://localhost:5173/**'],
}
const auth = useFixture(() => createAuthFixture(settings))

const now = () => auth.now()
const hence = (seconds: number) => new Date(now().getTime() + seconds * 1000)

const signIn = (wallet: Wallet, message: string, signature = wallet.sign(message), chain: string = wallet.chain) =>
  auth.post('/token?grant_type=web3', { chain, message, signature })

const ofUser = (body: Record<string, unknown>) => body.user as { id: string; [key: string]: unknown }
const grant = (description: string) => ({
  status: 400,
  body: { error: 'invalid_grant', error_description: description },
})
const wrong = (msg: string) => ({ status: 400, body: { code: 400, error_code: 'validation_failed', msg } })

const wallets = [
  ['ethereum', ethereumWallet],
  ['solana', solanaWallet],
] as const

describe('a wallet signs in through supabase-js', () => {
  test('of Ethereum', async () => {
    const wallet = ethereumWallet()
    const provider = {
      async request({ method, params }: { method: string; params?: unknown }) {
        if (method === 'eth_requestAccounts') return [wallet.address]
        if (method === 'eth_chainId') return '0x1'
        const [hex = ''] = params as string[]
        return wallet.sign(Buffer.from(hex.slice(2), 'hex').toString())
      },
    }
    const client = auth.client()
    const credentials = {
      ...{ chain: 'ethereum' as const, wallet: provider as never, statement: 'I accept the terms.' },
      options: { url: 'https://app.example.com/login' },
    }
    const { data, error } = await client.auth.signInWithWeb3(credentials)
    expect(error).toBeNull()
    const id = `web3:ethereum:${wallet.address}`
    const claims = {
      ...{ address: wallet.address, chain: 'ethereum', network: '1', domain: 'app.example.com' },
      statement: 'I accept the terms.',
    }
    const metadata = { sub: id, custom_claims: claims, email_verified: false, phone_verified: false }
    expect(data.user).toMatchObject({
      ...{ email: '', phone: '', role: 'authenticated', is_anonymous: false },
      app_metadata: { provider: 'web3', providers: ['web3'] },
      user_metadata: metadata,
      identities: [{ id, provider: 'web3', identity_data: metadata, user_id: data.user?.id }],
    })
    expect(decodeJwt(must(data.session).access_token)).toMatchObject({ amr: [{ method: 'web3' }], aal: 'aal1' })
    expect((await client.auth.refreshSession()).error).toBeNull()
    const again = await auth.client().auth.signInWithWeb3(credentials)
    expect(again.data.user?.id).toBe(data.user?.id)
    const [event] = await auth.query<{ payload: object }>(
      `select payload from auth.audit_log_entries where payload ->> 'actor_id' = $1`,
      [data.user?.id],
    )
    const traits = {
      provider: 'web3',
      chain: 'ethereum',
      network: '1',
      address: wallet.address,
      domain: 'app.example.com',
    }
    expect(event?.payload).toMatchObject({
      action: 'login',
      traits: { ...traits, uri: 'https://app.example.com/login' },
    })
  })

  test.each([
    ['as text', false],
    ['by a Ledger', true],
  ])('of Solana, signed %s', async (_name, ledger) => {
    const wallet = solanaWallet({ ledger })
    const provider = {
      publicKey: { toBase58: () => wallet.address },
      signMessage: async (message: Uint8Array) =>
        new Uint8Array(Buffer.from(wallet.sign(Buffer.from(message).toString()), 'base64')),
    }
    const { data, error } = await auth.client().auth.signInWithWeb3({
      ...{ chain: 'solana', wallet: provider as never },
      options: { url: 'http://localhost:5173/', signInWithSolana: { chainId: 'solana:devnet' } as never },
    })
    expect(error).toBeNull()
    const claims = { address: wallet.address, chain: 'solana', network: 'solana:devnet', domain: 'localhost:5173' }
    expect(data.user).toMatchObject({
      app_metadata: { provider: 'web3', providers: ['web3'] },
      user_metadata: { sub: `web3:solana:${wallet.address}`, custom_claims: { ...claims, statement: '' } },
    })
  })
})

describe('a wallet', () => {
  test('is one account, however its address is written', async () => {
    const wallet = knownWallet()
    const spelled = async (address: string) =>
      ofUser((await signIn(wallet, messageOf(wallet, { address, lines: linesOf(now(), { Nonce: address }) }))).body)
    const first = await spelled(wallet.address)
    expect(first.user_metadata).toMatchObject({ sub: `web3:ethereum:${wallet.address}` })
    for (const address of [wallet.address.toLowerCase(), `0x${wallet.address.slice(2).toUpperCase()}`]) {
      expect(await spelled(address)).toMatchObject({ id: first.id, identities: [{ provider: 'web3' }] })
    }
  })

  test('is one account, also where two ways of writing its address come at once', async () => {
    // The second account of the mnemonic that `knownWallet` is of.
    const key = Buffer.from('59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d', 'hex')
    const wallet = ethereumWallet(key)
    const spellings = ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8', '0x70997970c51812dc3a010c7d01b50e0d17dc79c8']
    const answers = await Promise.all(
      spellings.map((address) => signIn(wallet, messageOf(wallet, { address, lines: linesOf(now()) }))),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => ofUser(body).id)).size).toBe(1)
  })

  test('signs in to an account whose address nobody proved, and leaves it as it is', async () => {
    const wallet = ethereumWallet()
    const user = ofUser((await signIn(wallet, messageOf(wallet, { lines: linesOf(now()) }))).body)
    await auth.query(
      `update auth.users set email = 'unproven@example.com', encrypted_password = 'kept' where id = $1`,
      [user.id],
    )
    const again = await signIn(wallet, messageOf(wallet, { lines: linesOf(now(), { Nonce: 'second' }) }))
    expect([again.status, ofUser(again.body).id]).toEqual([200, user.id])
    expect(await auth.query('select encrypted_password from auth.users where id = $1', [user.id])).toEqual([
      { encrypted_password: 'kept' },
    ])
  })

  test('of a banned user is refused', async () => {
    const wallet = solanaWallet()
    const user = ofUser((await signIn(wallet, messageOf(wallet, { lines: linesOf(now()) }))).body)
    await auth.put(`/admin/users/${user.id}`, { ban_duration: '1h' }, serviceRoleKey)
    const answer = await signIn(wallet, messageOf(wallet, { lines: linesOf(now(), { Nonce: '2' }) }))
    expect(answer).toMatchObject({ status: 403, body: { error_code: 'user_banned' } })
  })

  test('comes too late where a hook took too long over its message', async () => {
    const uri = 'https://hooks.example.com/'
    const hook = { beforeUserCreated: { enabled: true, uri, secrets: `v1,whsec_${'a'.repeat(32)}` } }
    await using slow = auth.beside({ ...settings, hook, carrier: { fetch: (...asked) => answer(...asked) } })
    const answer: typeof fetch = async () => {
      slow.pass(601)
      return Response.json({})
    }
    const wallet = solanaWallet()
    const message = messageOf(wallet, { lines: linesOf(now()) })
    const body = { chain: 'solana', message, signature: wallet.sign(message) }
    const late = grant('Solana message was issued too long ago')
    expect(await slow.post('/token?grant_type=web3', body)).toEqual(late)
  })

  test('comes too late where the database took too long over it', async () => {
    await auth.query(`
      create table public.gate (opened bool);
      grant select on public.gate to public;
      create function public.wait() returns trigger language plpgsql as $$
        begin
          while not exists (select from public.gate) loop
            perform pg_sleep(0.01);
          end loop;
          return null;
        end $$;
      create trigger wait before delete on portico.auth_web3_messages execute function public.wait()`)
    await using slow = auth.beside(settings)
    const wallet = ethereumWallet()
    const message = messageOf(wallet, { lines: linesOf(now()) })
    const body = { chain: 'ethereum', message, signature: wallet.sign(message) }
    const answer = slow.post('/token?grant_type=web3', body)
    const waiting = `select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event = 'PgSleep'`
    await expect.poll(() => auth.query(waiting), { timeout: 30_000 }).toEqual([{ waiting: 1 }])
    slow.pass(601)
    await auth.query('insert into public.gate values (true)')
    expect(await answer).toEqual(grant('Ethereum message was issued too long ago'))
    await auth.query(
      `drop trigger wait on portico.auth_web3_messages; drop function public.wait(); drop table public.gate`,
    )
  })

  test('makes no account where sign-ups are closed', async () => {
    await using closed = auth.beside({ ...settings, enableSignup: false })
    const wallet = ethereumWallet()
    const message = messageOf(wallet, { lines: linesOf(now()) })
    const body = { chain: 'ethereum', message, signature: wallet.sign(message) }
    expect(await closed.post('/token?grant_type=web3', body)).toMatchObject({ body: { error_code: 'signup_disabled' } })
    // What was refused is not spent.
    expect((await auth.post('/token?grant_type=web3', body)).status).toBe(200)
    await auth.client().auth.signUp({ email: 'other@example.com', password })
  })
})

describe.each(wallets)('a message of %s', (_chain, walletOf) => {
  const wallet = walletOf()
  const { label } = wallet
  const standard = label === 'Ethereum' ? 'siwe' : 'siws'
  const message = (others: Record<string, string | undefined> = {}, domain?: string) =>
    messageOf(wallet, { statement: 'Hello', lines: linesOf(now(), others), ...(domain && { domain }) })

  test('signs in once, also of many at once', async () => {
    const text = message({ Nonce: 'once' })
    const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(wallet, text)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
    const again = grant(`Signed ${label} message was used before`)
    expect(await signIn(wallet, text)).toEqual(again)
    if (label === 'Ethereum') {
      // Ethereum's signatures have a twin: the same r, the other s.
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const signature = wallet.sign(text)
      const s = order - BigInt(`0x${signature.slice(66, 130)}`)
      const v = signature.endsWith('1b') ? '1c' : '1b'
      const twin = `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}`
      expect(await signIn(wallet, text, twin)).toEqual(again)
    }
  })

  test.each<readonly [string, () => string, () => string]>([
    ['signed by another', () => message(), () => walletOf().sign(message())],
    ['signed otherwise', () => message({ Nonce: 'a' }), () => wallet.sign(message({ Nonce: 'b' }))],
  ])('%s is refused', async (_name, text, signature) => {
    expect(await signIn(wallet, text(), signature())).toEqual(grant('Signature does not match address in message'))
  })

  test.each<readonly [string, () => string, string]>([
    [
      'for http',
      () => message({ URI: 'http://app.example.com/' }),
      `Signed ${label} message is using URI which does not use HTTPS`,
    ],
    [
      'for another app',
      () => message({ URI: 'https://other.example.com/' }, 'other.example.com'),
      `Signed ${label} message is using URI which is not allowed on this server, message was signed for another app`,
    ],
    ...[
      ['in the name of another', 'https://app.example.com/', 'phish.example.com'],
      ['in the name of a port that is none', 'https://app.example.com/', 'app.example.com:99999'],
      ['in the name of another port', 'https://app.example.com/', 'app.example.com:8443'],
      ['in the name of another, of a preview', 'https://a.preview.example.com/x', 'b.preview.example.com'],
      ['in the name of another, at localhost', 'http://localhost:5173/', 'phish.example.com'],
    ].map(
      ([name, URI, domain]) =>
        [
          String(name),
          () => message({ URI: String(URI) }, domain),
          `Signed ${label} message is using a Domain that does not match the one in URI which is not allowed on this server`,
        ] as const,
    ),
    [
      'not valid yet',
      () => message({ 'Not Before': hence(60).toISOString() }),
      `Signed ${label} message becomes valid in the future`,
    ],
    [
      'that has expired',
      () => message({ 'Issued At': hence(-60).toISOString(), 'Expiration Time': hence(-1).toISOString() }),
      `Signed ${label} message is expired`,
    ],
    [
      'of long ago',
      () => message({ 'Issued At': hence(-601).toISOString() }),
      `${label} message was issued too long ago`,
    ],
    [
      'of the future',
      () => message({ 'Issued At': hence(660).toISOString() }),
      `${label} message was issued too far in the future`,
    ],
  ])('%s is refused', async (_name, text, description) => {
    expect(await signIn(wallet, text())).toEqual(grant(description))
  })

  test.each<readonly [string, () => string]>([
    ['of a preview', () => message({ URI: 'https://a.preview.example.com/x' }, 'a.preview.example.com')],
    ['of localhost', () => message({ URI: 'http://localhost:5173/' }, 'localhost:5173')],
    ['of nearly ten minutes ago', () => message({ 'Issued At': hence(-590).toISOString() })],
    ['of a clock that is ahead', () => message({ 'Issued At': hence(500).toISOString() })],
    ['with a time zone', () => message({ 'Issued At': hence(0).toISOString().replace('Z', '+00:00') })],
    [
      'with all that there can be',
      () =>
        `${message({
          ...{ 'Chain ID': label === 'Ethereum' ? '137' : 'solana:mainnet', Nonce: 'n0nce', 'Request ID': 'r' },
          ...{ 'Not Before': hence(-60).toISOString(), 'Expiration Time': hence(60).toISOString() },
        })}\nResources:\n- https://example.com/terms\n- ipfs://bafy/`,
    ],
  ])('%s signs in', async (_name, text) => {
    expect((await signIn(wallet, text())).status).toBe(200)
  })

  const at = new Date(0).toISOString()
  const padded = (text: string) => `${text}${'\n'.repeat(64)}`
  test.each<readonly [string, () => string, string]>([
    ['too few lines', () => 'x'.repeat(64), `${standard}: message needs at least 6 lines`],
    [
      'another greeting',
      () => padded('app.example.com asks you'),
      `${standard}: message first line does not end in " wants you to sign in with your ${label} account:"`,
    ],
    [
      'no domain',
      () => padded(messageOf(wallet, { domain: '***' })),
      `${standard}: domain in first line of message is not valid`,
    ],
    [
      'no address',
      () => padded(messageOf(wallet, { address: '***' })),
      `${standard}: wallet address is not ${label === 'Ethereum' ? 'a valid Ethereum address' : 'in base58 format'}`,
    ],
    ['no empty line', () => message().replace('\n\n', '\nx\n'), `${standard}: third line must be empty`],
    ['a line of another form', () => `${message()}\nno colon`, `${standard}: encountered unparsable line at index 8`],
    ['no URI', () => message({ URI: undefined }), `${standard}: URI is not specified`],
    ['a URI that is none', () => message({ URI: '***' }), `${standard}: URI is not valid`],
    [
      'another version',
      () => message({ Version: '2' }),
      `${standard}: Version value is not supported, expected 1 got "2"`,
    ],
    [
      'no version',
      () => message({ Version: undefined }),
      `${standard}: Version value is not supported, expected 1 got ""`,
    ],
    ['no time', () => message({ 'Issued At': undefined }), `${standard}: Issued At is not specified`],
    ...['Issued At', 'Expiration Time', 'Not Before'].map(
      (name) =>
        [
          `no time as ${name}`,
          () => message({ [name]: 'yesterday' }),
          `${standard}: ${name} is not a valid ISO8601 timestamp`,
        ] as const,
    ),
    [
      'an end before its beginning',
      () => message({ 'Expiration Time': at }),
      `${standard}: Issued At is after Expiration Time`,
    ],
    [
      'an end before it is valid',
      () => message({ 'Expiration Time': hence(60).toISOString(), 'Not Before': hence(90).toISOString() }),
      `${standard}: Not Before is after Expiration Time`,
    ],
    ['another network', () => message({ 'Chain ID': 'random:mainnet' }), `${standard}: Chain ID is not valid`],
    [
      'a resource that is none',
      () => `${message()}\nResources:\n- https://a.test\n- ***`,
      `${standard}: Resource at position 1 has invalid URI`,
    ],
    ['nothing', () => '', 'message is too short'],
    ['too much', () => message().padEnd(20 * 1024 + 1), 'message must not exceed 20KB'],
  ])('with %s is told so', async (_name, text, msg) => {
    expect(await signIn(wallet, text())).toEqual(wrong(msg))
  })
})

describe('a signature', () => {
  const ethereum = ethereumWallet()
  const solana = solanaWallet()
  const hex = 'signature must be 65 bytes long, encoded as a 130 character-long hexadecimal string'
  const base64 = 'signature must be 64 bytes encoded as base64 with or without padding'
  const mismatch = grant('Signature does not match address in message')
  test.each<readonly [string, Wallet, string, object]>([
    ['none', ethereum, '', wrong(hex)],
    ['too short', ethereum, '0xdeadbeef', wrong(hex)],
    ['without 0x', ethereum, 'a'.repeat(130), mismatch],
    ['of other characters', ethereum, `0x${'z'.repeat(130)}`, mismatch],
    ['of zeros', ethereum, `0x${'0'.repeat(130)}`, mismatch],
    ['of no key', ethereum, `0x${'f'.repeat(130)}`, mismatch],
    ['none', solana, '', wrong(base64)],
    ['too short', solana, 'x'.repeat(85), wrong(base64)],
    ['too long', solana, 'x'.repeat(88), mismatch],
    ['of other characters', solana, 'é'.repeat(43), wrong('signature does not contain valid base64 characters')],
    ['of zeros', solana, 'A'.repeat(86), mismatch],
  ])('that is %s is refused (%#)', async (_name, wallet, signature, answer) => {
    expect(await signIn(wallet, messageOf(wallet, { lines: linesOf(now()) }), signature)).toEqual(answer)
  })

  test.each([['without padding'], ['for URLs']])('of Solana may be written %s', async (form) => {
    const message = messageOf(solana, { lines: linesOf(now(), { Nonce: form }) })
    const signature = Buffer.from(solana.sign(message), 'base64')
    const written = signature.toString(form === 'for URLs' ? 'base64url' : 'base64').replace(/=+$/, '')
    expect((await signIn(solana, message, written)).status).toBe(200)
  })

  test('that anybody can make, for a key of small order, is refused', async () => {
    // The neutral point: of any message, R = the same and S = 0.
    const neutral = Buffer.alloc(32)
    neutral[0] = 1
    const wallet = { ...solana, address: base58.encode(neutral) }
    const signature = Buffer.concat([neutral, Buffer.alloc(32)]).toString('base64')
    expect(await signIn(wallet, messageOf(wallet, { lines: linesOf(now()) }), signature)).toEqual(mismatch)
  })

  test('by an address that is no key is refused', async () => {
    for (const address of ['1'.repeat(40), 'l'.repeat(40), 'z'.repeat(44)]) {
      expect(await signIn(solana, messageOf(solana, { address, lines: linesOf(now()) }))).toEqual(mismatch)
    }
  })
})

describe('wallets are let in', () => {
  const disabled = (msg: string) => ({ status: 422, body: { code: 422, error_code: 'web3_provider_disabled', msg } })
  test.each<readonly [string, object, string, object]>([
    [
      'where nothing is enabled',
      { ethereum: { enabled: false }, solana: { enabled: false } },
      'ethereum',
      disabled('Web3 provider is disabled'),
    ],
    [
      'of the other chain',
      { ...enabled, ethereum: { enabled: false } },
      'ethereum',
      disabled('Ethereum Web3 provider is disabled'),
    ],
    [
      'of the other chain',
      { ...enabled, solana: { enabled: false } },
      'solana',
      disabled('Solana Web3 provider is disabled'),
    ],
    ...['bitcoin', '', 'constructor'].map(
      (chain) =>
        [
          `of the chain "${chain}"`,
          enabled,
          chain,
          { status: 400, body: { code: 400, error_code: 'web3_unsupported_chain', msg: 'Unsupported chain' } },
        ] as const,
    ),
  ])('not %s (%#)', async (_name, web3, chain, answer) => {
    await using other = auth.beside({ web3: web3 as never })
    expect(await other.post('/token?grant_type=web3', { chain })).toEqual(answer)
  })

  test('not where nothing is enabled, whatever the request says', async () => {
    await using other = auth.beside({})
    const body = { chain: 'ethereum', signature: { 0: 1 } }
    expect(await other.post('/token?grant_type=web3', body)).toEqual(disabled('Web3 provider is disabled'))
  })
})

test('nothing of a signature is observed', async () => {
  const wallet = ethereumWallet()
  const message = messageOf(wallet, { lines: linesOf(now()) })
  const signature = wallet.sign(message)
  await signIn(wallet, message, signature)
  await signIn(wallet, message, signature)
  expect(inspect(auth.observations, { depth: 8 })).not.toContain(signature.slice(2, 40))
})
