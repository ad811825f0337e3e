import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { serveOnLoopback } from '../support/loopback-server.ts'

export const clientId = 'the-app'
export const clientSecret = 'a secret that the provider gave the app'

/** What a user of the provider says of herself. */
export interface Account {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly name?: string
  readonly picture?: string
  readonly [claim: string]: unknown
}

export interface OidcServer {
  readonly origin: string
  /** Whoever signs in next. */
  become(account: Account): void
  /** Goes through sign-in and consent as a browser, from the authorization request to the redirect back. */
  visit(url: URL): Promise<URL>
  /** A `fetch` for which this server is also reached by other names, as Google and Apple are by theirs. */
  readonly fetch: typeof fetch
  [Symbol.asyncDispose](): Promise<void>
}

/** A real OpenID Connect provider on loopback, under an issuer of any name. */
export async function startOidcServer(redirectUris: readonly string[], issuer?: string): Promise<OidcServer> {
  let account: Account = { sub: 'nobody' }
  let handle: ReturnType<Provider['callback']> | undefined
  // Some issuers have a path of their own.
  const mount = issuer === undefined ? '' : new URL(issuer).pathname.replace(/\/$/, '')
  const server = await serveOnLoopback((request, response) => {
    const isBelow = mount !== '' && request.url?.startsWith(`${mount}/`)
    if (isBelow) Object.assign(request, { originalUrl: request.url, url: request.url?.slice(mount.length) })
    void handle?.(request, response)
  })
  const origin = server.url
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer ?? origin, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [...redirectUris],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'provider' }] },
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'xms_edov'], profile: ['name', 'picture', 'hd'] },
    scopes: ['openid', 'email', 'profile', 'name', 'offline_access'],
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ ...account, sub: account.sub }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['a key of this test'] },
    renderError: (ctx, out) => {
      ctx.body = JSON.stringify(out)
    },
  })
  provider.proxy = issuer !== undefined
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return await next()
    const { prompt, params } = await provider.interactionDetails(ctx.req, ctx.res)
    if (prompt.name === 'login') {
      const result = { login: { accountId: account.sub } }
      return await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false })
    }
    const grant = new provider.Grant({ accountId: account.sub, clientId: String(params.client_id) })
    grant.addOIDCScope(String(params.scope))
    const consent = { grantId: await grant.save() }
    await provider.interactionFinished(ctx.req, ctx.res, { consent }, { mergeWithLastSubmission: true })
    ctx.respond = false
  })
  handle = provider.callback()
  const here = (url: string | URL) => {
    const at = new URL(url)
    return issuer !== undefined && at.origin === new URL(issuer).origin ? origin + at.pathname + at.search : at.href
  }

  const proxied = issuer === undefined ? {} : { 'x-forwarded-host': new URL(issuer).host, 'x-forwarded-proto': 'https' }

  return {
    origin,
    become: (next) => {
      account = next
    },
    async visit(start) {
      const cookies = new Map<string, string>()
      let url = here(start)
      for (let step = 0; step < 10; step += 1) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const response = await fetch(url, { headers: { cookie, ...proxied }, redirect: 'manual' })
        for (const set of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
          cookies.set(name, value)
        }
        const location = response.headers.get('location')
        if (location === null) throw new Error(`the provider answered ${response.status}: ${await response.text()}`)
        const next = new URL(location, url)
        if (redirectUris.some((uri) => next.href.startsWith(uri))) return next
        url = here(next)
      }
      throw new Error('the provider redirects for ever')
    },
    fetch(input, init) {
      const headers = new Headers(init?.headers)
      for (const [name, value] of Object.entries(proxied)) headers.set(name, value)
      return fetch(here(input instanceof Request ? input.url : input), { ...init, headers })
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}
