import type { Sections } from '../sections/index.ts'
import { type Complain, requireKeys } from './rule.ts'
import { checkSaml } from './saml.ts'
import { checkThirdParty } from './third-party.ts'

type Auth = Sections['auth']

/** What `[auth]` must hold where something is enabled; as Supabase's CLI demands it. */
export function checkAuth(auth: Auth, complain: Complain): void {
  if (!auth.enabled) return
  requireKeys(complain, ['auth'], auth, { siteUrl: "the website's URL" })
  if (auth.siteUrl !== '' && !leadsSomewhere(auth.siteUrl)) {
    complain(['auth', 'siteUrl'], 'an absolute URL like "https://example.com"')
  }
  checkEmail(auth.email, complain)
  checkSms(auth.sms, complain)
  checkProviders(auth, complain)
  checkThirdParty(auth.thirdParty, complain)
  checkSaml(auth.saml, complain)
  checkHooks(auth.hook, complain)
  checkFactors(auth, complain)
  if (auth.captcha?.enabled) {
    requireKeys(complain, ['auth', 'captcha'], auth.captcha, {
      provider: '"hcaptcha" or "turnstile"',
      secret: "the captcha provider's secret",
    })
  }
}

/** A website's URL, or an app's; no script that a link would run. */
function leadsSomewhere(url: string): boolean {
  return URL.canParse(url) && !/^(javascript|data|vbscript|blob):/i.test(url.trim())
}

function checkEmail(email: Auth['email'], complain: Complain): void {
  if (email.smtp?.enabled) {
    requireKeys(complain, ['auth', 'email', 'smtp'], email.smtp, {
      host: "the mail server's name",
      port: "the mail server's port",
      user: 'a user of the mail server',
      pass: "the user's password",
      adminEmail: "the sender's address",
    })
  }
  for (const kind of ['template', 'notification'] as const) {
    for (const [name, { content, contentPath }] of Object.entries(email[kind])) {
      if (content !== undefined && contentPath === undefined) {
        complain(['auth', 'email', kind, name, 'content'], 'content_path, the path of an HTML file, in its place')
      }
    }
  }
}

function checkSms(sms: Auth['sms'], complain: Complain): void {
  const twilio = {
    accountSid: 'an account id',
    messageServiceSid: 'a message service id',
    authToken: "the account's token",
  }
  const at = (name: string) => ['auth', 'sms', name]
  if (sms.twilio.enabled) requireKeys(complain, at('twilio'), sms.twilio, twilio)
  if (sms.twilioVerify.enabled) requireKeys(complain, at('twilioVerify'), sms.twilioVerify, twilio)
  if (sms.messagebird.enabled) {
    requireKeys(complain, at('messagebird'), sms.messagebird, { originator: 'a sender', accessKey: 'an access key' })
  }
  if (sms.textlocal.enabled) {
    requireKeys(complain, at('textlocal'), sms.textlocal, { sender: 'a sender', apiKey: 'an API key' })
  }
  if (sms.vonage.enabled) {
    requireKeys(complain, at('vonage'), sms.vonage, {
      from: 'a sender',
      apiKey: 'an API key',
      apiSecret: "the key's secret",
    })
  }
}

function checkProviders({ external }: Auth, complain: Complain): void {
  for (const [name, provider] of Object.entries(external)) {
    if (!provider.enabled || name === 'linkedin' || name === 'slack') continue
    requireKeys(complain, ['auth', 'external', name], provider, {
      clientId: 'the id that the provider gave this app',
      ...(name !== 'apple' && name !== 'google' && { secret: 'the secret that the provider gave this app' }),
    })
  }
}

function checkHooks(hooks: Auth['hook'], complain: Complain): void {
  for (const [name, hook] of Object.entries(hooks)) {
    if (!hook?.enabled) continue
    const at = ['auth', 'hook', name]
    const [scheme] = /^[a-z-]+(?=:\/\/)/i.exec(hook.uri) ?? []
    if (scheme === undefined || !['http', 'https', 'pg-functions'].includes(scheme.toLowerCase())) {
      complain([...at, 'uri'], 'a URI that begins with https://, http:// or pg-functions://')
    } else if (scheme.toLowerCase() === 'pg-functions') {
      if (!/^pg-functions:\/\/[^/]*\/[a-z_]\w{0,62}\/[a-z_]\w{0,62}$/i.test(hook.uri)) {
        complain(
          [...at, 'uri'],
          'pg-functions://postgres/SCHEMA/FUNCTION, two names of letters, digits and underscores',
        )
      }
      if (hook.secrets !== undefined) complain([...at, 'secrets'], 'no secrets, since the hook is a Postgres function')
    } else if (!hook.secrets?.split('|').every((secret) => /^v1,whsec_[A-Za-z0-9+/=]{32,88}$/.test(secret))) {
      complain([...at, 'secrets'], '"v1,whsec_" and at least 32 characters of base64, several separated by |')
    }
  }
}

function checkFactors({ mfa, passkey, webauthn }: Auth, complain: Complain): void {
  for (const name of ['totp', 'phone', 'webAuthn'] as const) {
    if (mfa[name].enrollEnabled && !mfa[name].verifyEnabled) {
      complain(['auth', 'mfa', name, 'verifyEnabled'], 'true, since enroll_enabled is')
    }
  }
  if (!passkey.enabled) return
  if (webauthn === undefined) {
    complain(['auth', 'webauthn'], 'a table with rp_id and rp_origins, since auth.passkey is enabled')
  } else {
    requireKeys(complain, ['auth', 'webauthn'], webauthn, {
      rpId: "the site's domain",
      rpOrigins: "the site's origins",
    })
  }
}
