import type { Config } from '#config'
import type { Messenger } from './messenger.ts'

type Settings = Config['auth']['sms']['twilioVerify']

/** Milliseconds. */
const patience = 10_000

/** Twilio's own codes, in its own words: https://www.twilio.com/docs/verify/api. The message's text is not used. */
export function createTwilioVerify(settings: Settings, fetch: typeof globalThis.fetch): Messenger {
  const { accountSid, messageServiceSid, authToken = '' } = settings
  const service = `https://verify.twilio.com/v2/Services/${encodeURIComponent(messageServiceSid)}`
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const post = (path: string, form: Readonly<Record<string, string>>) =>
    fetch(service + path, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    })

  return {
    channels: ['sms', 'whatsapp'],
    async send({ phone, channel }) {
      const response = await post('/Verifications', { To: `+${phone}`, Channel: channel })
      const answer: { readonly sid?: unknown } | null = await response.json().catch(() => null)
      if (!response.ok) throw new Error(`the SMS provider refused the message: status ${response.status}`)
      return String(answer?.sid ?? '')
    },
    async check(phone, code) {
      const response = await post('/VerificationCheck', { To: `+${phone}`, Code: code })
      const answer: { readonly status?: unknown; readonly valid?: unknown } | null = await response
        .json()
        .catch(() => null)
      // A verification that has ended, by a right code or by too many wrong ones, is not found any more.
      if ([400, 404, 429].includes(response.status)) return false
      if (!response.ok) throw new Error(`the SMS provider answered status ${response.status}`)
      return answer?.status === 'approved' && answer.valid === true
    },
  }
}
