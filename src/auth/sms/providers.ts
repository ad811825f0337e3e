import type { Config } from '#config'
import type { Channel, Message, Messenger } from './messenger.ts'
import { createTwilioVerify } from './twilio-verify.ts'

type SmsConfig = Config['auth']['sms']

/** One request to a provider, and where its answer holds the message's id. */
interface Call {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
  readonly idOf: (answer: Answer) => unknown
  /** Why the provider refused although it answered 200; undefined when it did not. */
  readonly refusal?: (answer: Answer) => string | undefined
}

type Answer = ReturnType<typeof JSON.parse>

/** The provider that config.toml enables; undefined where it enables none. */
export function createSmsProvider(sms: SmsConfig, fetch: typeof globalThis.fetch): Messenger | undefined {
  const { twilio, twilioVerify, messagebird, textlocal, vonage } = sms
  if (twilioVerify.enabled) return createTwilioVerify(twilioVerify, fetch)
  if (twilio.enabled) return httpMessenger(['sms', 'whatsapp'], (message) => viaTwilio(twilio, message), fetch)
  if (messagebird.enabled) return httpMessenger(['sms'], (message) => viaMessagebird(messagebird, message), fetch)
  if (vonage.enabled) return httpMessenger(['sms'], (message) => viaVonage(vonage, message), fetch)
  if (textlocal.enabled) return httpMessenger(['sms'], (message) => viaTextlocal(textlocal, message), fetch)
  return undefined
}

function httpMessenger(
  channels: readonly Channel[],
  callFor: (message: Message) => Call,
  fetch: typeof globalThis.fetch,
): Messenger {
  return {
    channels,
    async send(message) {
      const { url, headers = {}, form, idOf, refusal } = callFor(message)
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
      })
      const answer: Answer = await response.json().catch(() => undefined)
      const reason = response.ok ? refusal?.(answer) : `status ${response.status}`
      if (reason !== undefined) throw new Error(`the SMS provider refused the message: ${reason}`)
      return String(idOf(answer) ?? '')
    },
  }
}

/** See https://www.twilio.com/docs/messaging/api/message-resource. */
function viaTwilio({ accountSid, messageServiceSid, authToken = '' }: SmsConfig['twilio'], message: Message): Call {
  const { phone, text, channel } = message
  const prefix = channel === 'whatsapp' ? 'whatsapp:' : ''
  // A service has an id; anything else is a number of one's own.
  const isService = messageServiceSid.startsWith('MG')
  const from = isService || prefix === '' ? messageServiceSid : `${prefix}${messageServiceSid}`
  return {
    url: `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
    form: { To: `${prefix}+${phone}`, Channel: channel, From: from, Body: text },
    idOf: (answer) => answer?.sid,
    refusal: (answer) => (answer?.status === 'failed' || answer?.status === 'undelivered' ? 'it failed' : undefined),
  }
}

/** See https://developers.messagebird.com/api/sms-messaging. */
function viaMessagebird({ originator, accessKey = '' }: SmsConfig['messagebird'], { phone, text }: Message): Call {
  return {
    url: 'https://rest.messagebird.com/messages',
    headers: { authorization: `AccessKey ${accessKey}` },
    form: { originator, body: text, recipients: phone, type: 'sms', datacoding: 'unicode' },
    idOf: (answer) => answer?.id,
    refusal: (answer) => (answer?.recipients?.totalSentCount === 0 ? 'it was sent to nobody' : undefined),
  }
}

/** See https://developer.vonage.com/en/api/sms. */
function viaVonage({ from, apiKey, apiSecret = '' }: SmsConfig['vonage'], { phone, text }: Message): Call {
  const unicode = /[^\u0020-\u007e\n\r]/.test(text)
  return {
    url: 'https://rest.nexmo.com/sms/json',
    form: { from, to: phone, text, api_key: apiKey, api_secret: apiSecret, ...(unicode && { type: 'unicode' }) },
    idOf: (answer) => answer?.messages?.[0]?.['message-id'],
    refusal: (answer) => (answer?.messages?.[0]?.status === '0' ? undefined : 'it was not accepted'),
  }
}

/** See https://api.txtlocal.com/docs/sendsms. */
function viaTextlocal({ sender, apiKey = '' }: SmsConfig['textlocal'], { phone, text }: Message): Call {
  return {
    url: 'https://api.textlocal.in/send/',
    form: { sender, apikey: apiKey, message: text, numbers: phone },
    idOf: (answer) => answer?.messages?.[0]?.id,
    refusal: (answer) => (answer?.status === 'success' ? undefined : 'it was not accepted'),
  }
}
