import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Keys } from '#config'
import type { Connections } from '#database'
import type { Observe } from '#observe'
import { repeat } from '#turns'
import { createCaptcha } from './captcha/index.ts'
import { type Clock, systemClock } from './clock.ts'
import { createCodeBook } from './codes/index.ts'
import { createDiscovery, createPublicNetwork, type Resolve } from './custom-providers/index.ts'
import { openDatabase } from './database/index.ts'
import { createDiscretion } from './discretion/index.ts'
import { createHooks, defaultCarrier, type HookCarrier, type HookConfig } from './hooks/index.ts'
import { createRoutes } from './http/index.ts'
import { createLimits } from './limits/index.ts'
import { createComposer, type Mailer } from './mail/index.ts'
import { createPasswordHasher } from './passwords/index.ts'
import { createIdTokenVerifier, createProvider, definitionOf, type Provider, reasonAgainst } from './providers/index.ts'
import { openServiceProvider, type ServiceProvider } from './saml/index.ts'
import { type AuthConfig, type AuthSettings, readSettings } from './settings/index.ts'
import { createInboxMessenger, createSmsProvider, type Messenger } from './sms/index.ts'
import { createSsoMetadata } from './sso/index.ts'
import { forgetSpent } from './tidy.ts'
import { createKeyRing, createTokenSigner, createTokenVerifier, type KeyRing } from './tokens/index.ts'

const minute = 60_000
const hour = 60 * minute

/** What Auth needs of the rest: the settings, the database, the mailer, and where others answer for it. */
export interface AuthOptions {
  readonly config: {
    readonly auth: AuthConfig & { readonly hook?: HookConfig }
    readonly keys: Pick<Keys, 'jwtSecret'>
  }
  readonly connections: Connections
  readonly observe: Observe
  /** The keys of `signing_keys_path`, where they may change; those of the configuration where absent. */
  readonly signingKeyRing?: KeyRing
  /** The project's own API keys, of whatever key they are signed by. */
  readonly apiKeys?: readonly string[]
  /** Delivers mails. Where absent, what needs one fails. */
  readonly mailer?: Mailer | undefined
  /** Where text messages are shown that no provider carries; in development. */
  readonly inbox?: Mailer | undefined
  /** How hooks are reached: by the network, where nothing else is said. */
  readonly hookCarrier?: Partial<HookCarrier>
  /** Other copies serve the same database: requests are counted there. */
  readonly shared?: boolean
  /** Asks other services: the ones that judge CAPTCHAs and carry text messages. */
  readonly fetch?: typeof fetch
  /** Asks the providers that administrators add, at the public addresses that their names have just then. */
  readonly publicFetch?: typeof fetch
  readonly resolve?: Resolve
  readonly clock?: Clock
  /** Waits for milliseconds; replaced in tests. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>
}

/** The Auth API, to be mounted at `/auth/v1`. */
export interface AuthService {
  /** Answers a request whose path has lost the prefix (`/signup`), and whose bearer token, if any, is a JWT. */
  fetch(request: Request): Promise<Response>
  /** Forgets what nobody can use any more; done every hour. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** Supabase Auth over the `auth` schema of a database. Connects when first asked. */
export function createAuth(options: AuthOptions): AuthService {
  const { config, connections, observe, mailer, inbox, hookCarrier, clock = systemClock } = options
  const { jwtSecret: secret } = config.keys
  const { signingKeyRing: ring = createKeyRing(config.auth.signingKeys) } = options
  if (!mailer && config.auth.email.enableConfirmations) {
    const text = 'Sign-ups wait for a mail, but no mail server is set up: see [auth.email.smtp].'
    observe({ kind: 'message', level: 'warn', text })
  }
  const { fetch = globalThis.fetch } = options
  const { db, pool, close } = openDatabase(connections, observe)
  const settings = readSettings(config.auth)
  // A project that names test numbers has said how its codes are known; any other number needs a provider.
  const shown = inbox && Object.keys(config.auth.sms.testOtp).length === 0 ? createInboxMessenger(inbox) : undefined
  const messenger: Messenger | undefined = createSmsProvider(config.auth.sms, fetch) ?? shown
  const publicNetwork = createPublicNetwork(options.resolve ?? resolveName, options.publicFetch ?? fetch)
  let serviceProvider: ServiceProvider | undefined
  const routes = createRoutes({
    settings,
    db,
    hasher: createPasswordHasher(),
    sign: createTokenSigner(secret, ring),
    verifier: createTokenVerifier({ secret, keys: ring, apiKeys: options.apiKeys ?? [], emptyIsRoleless: true, clock }),
    ring,
    codes: createCodeBook(secret),
    hooks: createHooks(config.auth.hook ?? {}, { db, clock, observe, carrier: { ...defaultCarrier, ...hookCarrier } }),
    mailer: mailer ?? noMailer,
    compose: createComposer(settings, observe),
    limits: createLimits(settings.rateLimits, options.shared ? { pool, schema: 'portico' } : undefined, observe),
    discretion: createDiscretion(clock, options.sleep ?? sleep),
    captcha: settings.captcha && createCaptcha(settings.captcha, fetch),
    providers: createProviders(settings, fetch, observe),
    idTokens: createIdTokenVerifier(fetch, clock),
    publicNetwork,
    discovery: createDiscovery(publicNetwork, clock),
    serviceProvider: () => {
      serviceProvider ??= openServiceProvider(settings.saml)
      return serviceProvider
    },
    ssoMetadata: createSsoMetadata(publicNetwork, clock, observe),
    messenger,
    observe,
    clock,
  })
  const tidy = async () => await forgetSpent(db, settings.sessions, clock())
  const tidying = repeat([minute, hour], async () => {
    try {
      await tidy()
    } catch (error) {
      observe({ kind: 'message', level: 'warn', text: 'what is spent of Auth cannot be forgotten', error })
    }
  })
  return {
    fetch: async (request) => await routes.fetch(request),
    tidy,
    async close() {
      await tidying.stop()
      await close()
    },
  }
}

function createProviders(
  { providers }: AuthSettings,
  fetch: typeof globalThis.fetch,
  observe: Observe,
): ReadonlyMap<string, Provider> {
  const known = new Map<string, Provider>()
  for (const [name, settings] of providers) {
    const definition = definitionOf(name, settings.url)
    if (definition) known.set(name, createProvider(name, settings, definition, fetch))
    else {
      observe({ kind: 'message', level: 'warn', text: `Nobody can sign in with ${name}: ${reasonAgainst(name)}.` })
    }
  }
  return known
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

const noMailer: Mailer = { send: () => Promise.reject(new Error('no mail server is set up')) }
