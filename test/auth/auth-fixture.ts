import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import pg from 'pg'
import { type AuthOptions, type AuthService, createAuth, createInbox, type Inbox } from '#auth'
import { type Observation, observeAll } from '#observe'
import { cloneDatabase } from '../support/database.ts'

export const secret = 'super-secret-jwt-token-with-at-least-32-characters-long'
export const password = 'correct horse battery'
const origin = 'http://127.0.0.1:54321'
const prefix = '/auth/v1'

type Part = AuthOptions['config']['auth']

export interface AuthFixture {
  readonly service: AuthService
  readonly inbox: Inbox
  readonly observations: readonly Observation[]
  /** A client that is not signed in and keeps its session to itself. */
  client(options?: { readonly fetch?: typeof fetch; readonly flowType?: 'pkce' | 'implicit' }): SupabaseClient
  /** A client with the service_role key. */
  readonly admin: SupabaseClient
  /** A plain request; `token` is the bearer. */
  request(path: string, init?: RequestInit & { readonly token?: string }): Promise<Response>
  post(path: string, body: unknown, token?: string): Promise<Answer>
  put(path: string, body: unknown, token?: string): Promise<Answer>
  /** Moves the service's clock. */
  pass(seconds: number): void
  now(): Date
  /** Another service with other settings over the same database. */
  beside(settings: Settings): AuthFixture
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  [Symbol.asyncDispose](): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

const on = { enrollEnabled: true, verifyEnabled: true }

/** Settings that let users have second factors and passkeys. */
export const withFactors = {
  mfa: {
    maxEnrolledFactors: 3,
    totp: on,
    phone: { ...on, otpLength: 6, template: 'Code {{ .Code }}', maxFrequency: 5 },
    webAuthn: on,
  },
  passkey: { enabled: true },
  webauthn: { rpDisplayName: 'Tests', rpId: 'localhost', rpOrigins: ['http://localhost:5173'] },
} satisfies Partial<Part>

/** What to set of `[auth]`; the rest is as in a new project, with anonymous users. */
export type Settings = Omit<Partial<Part>, 'email' | 'sms'> & {
  /** How hooks over HTTP are reached. */
  readonly carrier?: AuthOptions['hookCarrier']
  readonly options?: Pick<AuthOptions, 'shared' | 'fetch' | 'resolve' | 'sleep'>
  readonly email?: Partial<Part['email']>
  readonly sms?: Partial<Part['sms']>
}

/** An Auth service on a database of its own. */
export async function createAuthFixture(settings: Settings = {}, mailer?: AuthOptions['mailer']): Promise<AuthFixture> {
  const database = await cloneDatabase()
  return serve(database, settings, mailer, () => database.drop())
}

function serve(
  database: Pick<Awaited<ReturnType<typeof cloneDatabase>>, 'connections'>,
  settings: Settings,
  mailer: AuthOptions['mailer'],
  drop: () => Promise<void>,
): AuthFixture {
  const inbox = createInbox()
  const observations: Observation[] = []
  let skew = 0
  const now = () => new Date(Date.now() + skew * 1000)
  const service = createAuth({
    config: {
      auth: {
        ...defaults,
        ...settings,
        email: { ...defaults.email, ...settings.email },
        sms: { ...defaults.sms, ...settings.sms },
      },
      keys: { jwtSecret: secret },
    },
    connections: database.connections,
    observe: observeAll((observation) => observations.push(observation)),
    mailer: mailer ?? inbox,
    inbox: mailer ?? inbox,
    clock: now,
    ...settings.options,
    ...(settings.carrier && { hookCarrier: settings.carrier }),
  })
  let closed = false
  const close = () => {
    closed = true
    return service.close()
  }
  const pool = new pg.Pool({ ...database.connections.for('supabase_admin'), max: 2 })

  const request: AuthFixture['request'] = (path, { token, ...init } = {}) => {
    const headers = new Headers(init.headers)
    if (token) headers.set('authorization', `Bearer ${token}`)
    return service.fetch(new Request(origin + path, { ...init, headers }))
  }
  const send = async (method: string, path: string, body: unknown, token?: string): Promise<Answer> => {
    const response = await request(path, { method, body: JSON.stringify(body), ...(token && { token }) })
    return { status: response.status, body: await response.json() }
  }
  const inProcess: typeof fetch = (input, init) => {
    const outer = new Request(input, init)
    return service.fetch(new Request(outer.url.replace(prefix, ''), outer))
  }
  const clientWith = (key: string, fetch: typeof globalThis.fetch, flowType: 'pkce' | 'implicit' = 'implicit') => {
    // PKCE's verifier has to be kept somewhere, and each client its own.
    const kept = new Map<string, string>()
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    }
    const persistence = flowType === 'pkce' ? { persistSession: true, storage } : { persistSession: false }
    return createClient(origin, key, { global: { fetch }, auth: { ...persistence, flowType, autoRefreshToken: false } })
  }

  return {
    service: { ...service, close },
    inbox,
    observations,
    client: ({ fetch = inProcess, flowType } = {}) => clientWith(anonKey, fetch, flowType),
    admin: clientWith(serviceRoleKey, inProcess),
    request,
    post: (path, body, token) => send('POST', path, body, token),
    put: (path, body, token) => send('PUT', path, body, token),
    pass: (seconds) => {
      skew += seconds
    },
    now,
    beside: (others) => serve(database, others, undefined, async () => {}),
    query: async (sql, values) => (await pool.query(sql, values)).rows,
    async [Symbol.asyncDispose]() {
      if (!closed) await close()
      await pool.end()
      await drop()
    },
  }
}

/** A token of the project's secret with the claims given. */
export function mint(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT({ iss: 'supabase-demo', exp: 1983812996, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret))
}

export const anonKey = await mint({ role: 'anon' })
export const serviceRoleKey = await mint({ role: 'service_role' })

let people = 0

/** An address that nobody has in any test. */
export function newEmail(): string {
  people += 1
  return `person${people}@example.com`
}

/** A number that nobody has in any test, as Auth keeps it: without the plus sign. */
export function newPhone(): string {
  people += 1
  return `49151${String(people).padStart(7, '0')}`
}

/** A new user with {@link password}, signed in. @param data its metadata */
export async function newUser(fixture: AuthFixture, data: object = {}) {
  const [client, email] = [fixture.client(), newEmail()]
  const { data: answer } = await client.auth.signUp({ email, password, options: { data } })
  const [user, session] = [must(answer.user), must(answer.session)]
  return { client, email, user, session, access: session.access_token, refresh: session.refresh_token }
}

/** The link of the last mail to an address. */
export function linkTo({ inbox }: Pick<AuthFixture, 'inbox'>, address: string): URL {
  return new URL(must(/href="([^"]+)"/.exec(lastTo({ inbox }, address))?.[1]).replaceAll('&amp;', '&'))
}

/** The code of the last mail to an address, or message to a number. */
export function codeTo({ inbox }: Pick<AuthFixture, 'inbox'>, address: string): string {
  const to = /^\d+$/.test(address) ? `${address}@sms.localhost` : address
  return must(/>[^<]*?(\d{6})/.exec(lastTo({ inbox }, to))?.[1])
}

function lastTo({ inbox }: Pick<AuthFixture, 'inbox'>, address: string): string {
  return must(inbox.mails.findLast(({ to }) => to === address)).html
}

/** Follows a link of a mail as a browser does, and answers where it leads. */
export async function follow(fixture: AuthFixture, link: URL): Promise<URL> {
  const response = await fixture.request(link.pathname.replace('/auth/v1', '') + link.search)
  return new URL(must(response.headers.get('location')))
}

/** The value, where a test has made sure that there is one. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value')
  return value
}

/** Tests ask more often than people do. */
const many = 100_000
const unlimited = {
  ...{ emailSent: many, smsSent: many, anonymousUsers: many, tokenRefresh: many },
  ...{ signInSignUps: many, tokenVerifications: many, web3: many, sso: many },
}

const defaults: Part = {
  externalUrl: `${origin}${prefix}`,
  siteUrl: 'http://127.0.0.1:3000',
  additionalRedirectUrls: ['https://127.0.0.1:3000', 'myapp://callback', 'https://*.example.com/**'],
  jwtIssuer: `${origin}${prefix}`,
  jwtExpiry: 3600,
  signingKeys: [],
  enableSignup: true,
  enableAnonymousSignIns: true,
  enableManualLinking: false,
  minimumPasswordLength: 6,
  passwordRequirements: '',
  enableRefreshTokenRotation: true,
  refreshTokenReuseInterval: 10,
  rateLimit: unlimited,
  sessions: { timebox: 0, inactivityTimeout: 0, singlePerUser: false },
  email: {
    enableSignup: true,
    enableConfirmations: false,
    doubleConfirmChanges: true,
    securePasswordChange: false,
    // Long: two requests of one test come within it on a busy machine, too.
    maxFrequency: 60,
    otpLength: 6,
    otpExpiry: 3600,
    template: {},
    notification: {},
  },
  sms: {
    enableSignup: false,
    enableConfirmations: false,
    template: 'Your code is {{ .Code }}',
    maxFrequency: 5,
    twilio: { enabled: false, accountSid: '', messageServiceSid: '' },
    twilioVerify: { enabled: false, accountSid: '', messageServiceSid: '' },
    messagebird: { enabled: false, originator: '' },
    textlocal: { enabled: false, sender: '' },
    vonage: { enabled: false, from: '', apiKey: '' },
    testOtp: {},
  },
  mfa: {
    maxEnrolledFactors: 10,
    totp: { enrollEnabled: false, verifyEnabled: false },
    phone: {
      ...{ enrollEnabled: false, verifyEnabled: false },
      ...{ otpLength: 6, template: 'Your code is {{ .Code }}', maxFrequency: 5 },
    },
    webAuthn: { enrollEnabled: false, verifyEnabled: false },
  },
  passkey: { enabled: false },
}
