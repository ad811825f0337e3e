import bcrypt from '@node-rs/bcrypt'
import { describe, expect, test, vi } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, password } from './auth-fixture.ts'

// Neither the answer nor its delay may tell whether an address has an account.

const plain = useFixture(() => createAuthFixture())

let count = 0
/** A service whose mails take so many seconds, and an account in it. */
async function withMails(options: { seconds: number; fail?: boolean }) {
  const waited: number[] = []
  const mails: string[] = []
  const sleep = async (milliseconds: number) => void waited.push(milliseconds)
  const own = plain.beside({
    email: { enableConfirmations: true, maxFrequency: 60 },
    options: { sleep },
  })
  vi.spyOn(own.inbox, 'send').mockImplementation(async ({ to }) => {
    own.pass(options.seconds)
    mails.push(to)
    if (options.fail) throw new Error('the mail server is away')
  })
  count += 1
  const known = `discreet${count}@example.com`
  await own.admin.auth.admin.createUser({ email: known, password, email_confirm: true })
  return { own, known, unknown: `nobody${count}@example.com`, waited, mails, options }
}

type Request = (email: string) => [path: string, body: object]
const recover: Request = (email) => ['/recover', { email }]
const resend: Request = (email) => ['/resend', { type: 'signup', email }]
const signUp: Request = (email) => ['/signup', { email, password }]

describe('a request that mails nothing', () => {
  test.each([
    ['recover', recover],
    ['resend', resend],
    ['signup', signUp],
  ] as const)('%s takes as long as one that does, comes too soon like it, and fails like it', async (name, request) => {
    const { own, known, unknown, waited, mails, options } = await withMails({ seconds: 3 })
    await using _ = own
    // Whom each of the three sends a mail to, and whom it does not.
    const waiting = `waiting${count}@example.com`
    if (name === 'resend') {
      await own.post(...signUp(waiting))
      own.pass(60)
    }
    const [sent = '', silent = ''] = { recover: [known, unknown], resend: [waiting, known], signup: [unknown, known] }[
      name
    ]
    mails.length = 0

    expect((await own.post(...request(sent))).status).toBe(200)
    expect((await own.post(...request(silent))).status).toBe(200)
    expect(mails).toEqual([sent])
    const [wait = 0] = waited
    expect(wait).toBeGreaterThan(2500)
    expect(wait).toBeLessThanOrEqual(4000)

    const soon = await Promise.all([own.post(...request(sent)), own.post(...request(silent))])
    expect(soon.map(({ status, body }) => [status, body.error_code])).toEqual([
      [429, 'over_email_send_rate_limit'],
      [429, 'over_email_send_rate_limit'],
    ])

    own.pass(60)
    options.fail = true
    const failed = [await own.post(...request(sent)), await own.post(...request(silent))]
    expect(failed[0]).toMatchObject({ status: 500, body: { error_code: 'unexpected_failure' } })
    expect(failed[1]).toEqual(failed[0])
    // What was not sent may be asked for again at once.
    expect(await Promise.all([own.post(...request(sent)), own.post(...request(silent))])).toEqual(failed)

    own.pass(60)
    options.fail = false
    expect((await own.post(...request(sent))).status).toBe(200)
    expect((await own.post(...request(silent))).status).toBe(200)
  })

  test('hides nothing where sign-ups need no confirmation', async () => {
    const email = 'open@example.com'
    await plain.post(...signUp(email))
    for (let again = 0; again < 2; again += 1) {
      expect(await plain.post(...signUp(email))).toMatchObject({ body: { error_code: 'user_already_exists' } })
    }
  })
})

test('a sign-up with a known address computes a hash as one with a new address does', async () => {
  const { own, known, unknown } = await withMails({ seconds: 0 })
  await using _ = own
  using hashing = vi.spyOn(bcrypt, 'hash')
  const costs = []
  for (const email of [known, unknown]) {
    await own.post(...signUp(email))
    costs.push(hashing.mock.calls.length)
    hashing.mockClear()
  }
  expect(costs).toEqual([1, 1])
})
