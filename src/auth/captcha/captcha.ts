import { AuthError } from '../auth-error.ts'

export interface CaptchaSettings {
  readonly provider: 'hcaptcha' | 'turnstile'
  readonly secret: string
}

/** Whether a person sent a request, as a service elsewhere judges the token that its page gave them. */
export interface Captcha {
  /** Throws a 400 for a token that is missing or no good. */
  check(token: string, ip: string | null): Promise<void>
}

/** Milliseconds. */
const patience = 10_000

const addresses = {
  hcaptcha: 'https://hcaptcha.com/siteverify',
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
}

interface Verdict {
  readonly success?: unknown
  readonly 'error-codes'?: unknown
}

/** See https://docs.hcaptcha.com/#verify-the-user-response-server-side and Turnstile's siteverify. */
export function createCaptcha({ provider, secret }: CaptchaSettings, fetch: typeof globalThis.fetch): Captcha {
  async function ask(token: string, ip: string | null): Promise<Verdict> {
    const body = new URLSearchParams({ secret: secret.trim(), response: token, ...(ip !== null && { remoteip: ip }) })
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(addresses[provider], { method: 'POST', body, redirect: 'error', signal })
    return (await response.json()) as Verdict
  }

  return {
    async check(token, ip) {
      if (token === '') throw refused('no captcha_token found')
      const verdict = await ask(token, ip).catch((cause: unknown) => {
        throw new AuthError(500, 'unexpected_failure', 'captcha verification process failed', { cause })
      })
      if (verdict.success === true) return
      const codes = Array.isArray(verdict['error-codes']) ? verdict['error-codes'].map(String) : []
      throw refused(codes.join(', '))
    },
  }
}

function refused(reason: string): AuthError {
  return new AuthError(400, 'captcha_failed', `captcha protection: request disallowed (${reason})`)
}
