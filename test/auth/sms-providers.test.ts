import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, must, newPhone, password, type Settings, withFactors } from './auth-fixture.ts'
import { startSmsApi, twilioVerify } from './sms-api.ts'

const basic = `Basic ${Buffer.from('AC1:the token').toString('base64')}`
const twilioKeys = { enabled: true, accountSid: 'AC1', authToken: 'the token' }
const sms = { enableSignup: true, enableConfirmations: true, maxFrequency: 0 }

const someone = newPhone

describe('a provider carries a message', () => {
  const sent = /^Your code is \d{6}$/
  test.each<readonly [string, Settings['sms'], object, unknown, string]>([
    [
      'twilio',
      { twilio: { ...twilioKeys, messageServiceSid: 'MG1' } },
      {
        url: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json',
        authorization: basic,
        form: { To: '+4915100', From: 'MG1', Channel: 'sms', Body: expect.stringMatching(sent) },
      },
      { sid: 'SM1', status: 'queued' },
      'SM1',
    ],
    [
      'twilio_verify',
      { twilioVerify: { ...twilioKeys, messageServiceSid: 'VA1' } },
      {
        url: 'https://verify.twilio.com/v2/Services/VA1/Verifications',
        authorization: basic,
        form: { To: '+4915100', Channel: 'sms' },
      },
      { sid: 'VE1', status: 'pending' },
      'VE1',
    ],
    [
      'messagebird',
      { messagebird: { enabled: true, originator: 'Portico', accessKey: 'key' } },
      {
        url: 'https://rest.messagebird.com/messages',
        authorization: 'AccessKey key',
        form: {
          originator: 'Portico',
          recipients: '4915100',
          body: expect.stringMatching(sent),
          type: 'sms',
          datacoding: 'unicode',
        },
      },
      { id: 'MB1', recipients: { totalSentCount: 1 } },
      'MB1',
    ],
    [
      'vonage',
      { vonage: { enabled: true, from: 'Portico', apiKey: 'key', apiSecret: 'secret' } },
      {
        url: 'https://rest.nexmo.com/sms/json',
        authorization: undefined,
        form: {
          from: 'Portico',
          to: '4915100',
          text: expect.stringMatching(sent),
          api_key: 'key',
          api_secret: 'secret',
        },
      },
      { messages: [{ status: '0', 'message-id': 'V1' }] },
      'V1',
    ],
    [
      'textlocal',
      { textlocal: { enabled: true, sender: 'Portico', apiKey: 'key' } },
      {
        url: 'https://api.textlocal.in/send/',
        authorization: undefined,
        form: { sender: 'Portico', apikey: 'key', message: expect.stringMatching(sent), numbers: '4915100' },
      },
      { status: 'success', messages: [{ id: 'T1' }] },
      'T1',
    ],
  ])('%s', async (_name, provider, request, answer, id) => {
    await using api = await startSmsApi(() => ({ body: answer }))
    await using auth = await createAuthFixture({ sms: { ...sms, ...provider }, options: { fetch: api.fetch } })
    const { data, error } = await auth.client().auth.signInWithOtp({ phone: '+4915100' })
    expect([error, data.messageId]).toEqual([null, id])
    expect(api.asked).toEqual([request])
    // What the provider refuses was not sent, and the log holds neither its key nor the code.
    api.answer(() => ({ status: 401, body: { message: 'no' } }))
    expect(await auth.post('/otp', { phone: '4915100' })).toMatchObject({
      status: 422,
      body: { error_code: 'sms_send_failed' },
    })
    const seen = inspect(auth.observations, { depth: 8 })
    expect(seen).toContain('status 401')
    for (const kept of ['the token', basic.slice(6), 'Your code']) expect(seen).not.toContain(kept)
  })
})

describe('Twilio Verify, which makes the codes', () => {
  const twilio = twilioVerify()
  const api = useFixture(() => startSmsApi(twilio.answering))
  const settings: Settings = {
    ...withFactors,
    email: { securePasswordChange: true },
    sms: { ...sms, twilioVerify: { ...twilioKeys, messageServiceSid: 'VA1' }, testOtp: { '15550001111': '424242' } },
    // The server is there once tests run.
    options: { fetch: (input, init) => api.fetch(input, init) },
  }
  const auth = useFixture(() =>
    createAuthFixture({
      ...settings,
      mfa: { ...withFactors.mfa, phone: { ...withFactors.mfa.phone, maxFrequency: 0 } },
    }),
  )
  const expired = {
    status: 403,
    body: { code: 403, error_code: 'otp_expired', msg: 'Token has expired or is invalid' },
  }
  const verify = (phone: string, token: string, type = 'sms') => auth.post('/verify', { phone, token, type })

  test('signs in by a code of its own, once', async () => {
    const phone = someone()
    const client = auth.client()
    expect((await client.auth.signInWithOtp({ phone })).data.messageId).toMatch(/^VE/)
    const code = twilio.codeOf(phone)
    expect(await verify(phone, '000000')).toEqual(expired)
    const { data, error } = await client.auth.verifyOtp({ phone, token: code, type: 'sms' })
    expect([error, data.user?.phone]).toEqual([null, phone])
    expect(api.asked.at(-1)).toEqual({
      url: 'https://verify.twilio.com/v2/Services/VA1/VerificationCheck',
      authorization: basic,
      form: { To: `+${phone}`, Code: code },
    })
    expect(await verify(phone, code)).toEqual(expired)
  })

  test('takes WhatsApp for a channel', async () => {
    const phone = someone()
    await auth.client().auth.signInWithOtp({ phone, options: { channel: 'whatsapp' } })
    expect(api.asked.at(-1)?.form).toEqual({ To: `+${phone}`, Channel: 'whatsapp' })
  })

  test('ends after too many wrong codes', async () => {
    const phone = someone()
    await auth.post('/otp', { phone })
    for (let time = 0; time < 5; time += 1) expect(await verify(phone, '000000')).toEqual(expired)
    expect(await verify(phone, twilio.codeOf(phone))).toEqual(expired)
  })

  test('is not asked about a number that nothing was sent to, nor about one for tests', async () => {
    const before = api.asked.length
    expect(await verify(someone(), '100001')).toEqual(expired)
    await auth.post('/otp', { phone: '15550001111' })
    expect(await verify('15550001111', '000000')).toEqual(expired)
    expect((await verify('15550001111', '424242')).status).toBe(200)
    expect(api.asked).toHaveLength(before)
  })

  test('confirms a change of number, and of two users that want one neither', async () => {
    const phone = someone()
    const [one, other] = [auth.client(), auth.client()]
    await one.auth.signUp({ email: 'one@example.com', password })
    await other.auth.signUp({ email: 'other@example.com', password })
    await one.auth.updateUser({ phone })
    await other.auth.updateUser({ phone })
    expect(await verify(phone, twilio.codeOf(phone), 'phone_change')).toEqual(expired)
    const another = someone()
    await one.auth.updateUser({ phone: another })
    expect(await verify(another, twilio.codeOf(another), 'phone_change')).toMatchObject({
      status: 200,
      body: { user: { phone: another, email: 'one@example.com' } },
    })
  })

  test('is a second factor', async () => {
    const phone = someone()
    const client = auth.client()
    await client.auth.signUp({ email: 'factor@example.com', password })
    const factorId = must((await client.auth.mfa.enroll({ factorType: 'phone', phone: `+${phone}` })).data).id
    const challengeId = must((await client.auth.mfa.challenge({ factorId })).data).id
    const wrong = await client.auth.mfa.verify({ factorId, challengeId, code: '000000' })
    expect(wrong.error).toMatchObject({ status: 403, code: 'otp_expired' })
    // The code that this service would have sent is none.
    const [kept] = await auth.query<{ otp_code: string }>('select otp_code from auth.mfa_challenges where id = $1', [
      challengeId,
    ])
    const own = await client.auth.mfa.verify({ factorId, challengeId, code: String(kept?.otp_code) })
    expect(own.error).toMatchObject({ status: 403, code: 'otp_expired' })
    const right = await client.auth.mfa.verify({ factorId, challengeId, code: twilio.codeOf(phone) })
    expect(right.error).toBeNull()
  })

  test('allows a new password to a user of a number, once', async () => {
    const phone = someone()
    const client = auth.client()
    await auth.post('/otp', { phone })
    await client.auth.verifyOtp({ phone, token: twilio.codeOf(phone), type: 'sms' })
    auth.pass(2 * 24 * 60 * 60)
    await client.auth.refreshSession()
    expect((await client.auth.reauthenticate()).error).toBeNull()
    const nonce = twilio.codeOf(phone)
    expect((await client.auth.updateUser({ password, nonce })).error).toBeNull()
    const again = await client.auth.updateUser({ password: `${password}!`, nonce })
    expect(again.error).toMatchObject({ status: 422, code: 'reauthentication_not_valid' })
  })

  test('lets nobody in while it cannot be asked', async () => {
    const phone = someone()
    await auth.post('/otp', { phone })
    const code = twilio.codeOf(phone)
    api.answer(() => ({ status: 500, body: {} }))
    try {
      expect(await verify(phone, code)).toEqual(expired)
      expect(inspect(auth.observations.at(-1))).toContain('status 500')
    } finally {
      api.answer(twilio.answering)
    }
    expect((await verify(phone, code)).status).toBe(200)
  })
})
