import { LRUCache } from 'lru-cache'
import { AuthError } from '../auth-error.ts'
import type { Clock } from '../clock.ts'
import { assertDue } from '../codes/index.ts'
import type { Contact } from '../users/index.ts'

/** What became of a request that must not tell whether there is an account. */
export interface Outcome<T> {
  /** A mail or message was sent; none was, of which nothing may be told; or there is nothing to hide. */
  readonly was: 'sent' | 'silent' | 'open'
  readonly value: T
}

/**
 * Makes a request for which nothing is sent look like one for which something is: it takes as long, comes too soon where
 * the other would, and fails while mails cannot be sent. Otherwise a delay, a 429 or a 500 would tell who has an account.
 */
export interface Discretion {
  about<T>(request: Request, work: () => Promise<Outcome<T>>): Promise<T>
}

interface Request {
  readonly contact: Contact
  /** Requests of one purpose wait for one another: a confirmation, a recovery, a change. */
  readonly purpose: string
  /** Seconds between two mails to one address, or messages to one number. */
  readonly interval: number
}

/** Milliseconds: waits no longer, whatever mails take. */
const longestWait = 10_000

/** Milliseconds: mails may go out again after that. */
const failureLasts = 60_000

/** How many of the latest delays are remembered; one of them, by chance, is waited for. */
const remembered = 16

/** What sending was like of late. */
interface Experience {
  readonly delays: number[]
  failure: { readonly error: AuthError; readonly at: Date } | undefined
}

/** @param sleep waits for milliseconds */
export function createDiscretion(clock: Clock, sleep: (milliseconds: number) => Promise<unknown>): Discretion {
  const experiences = new Map<string, Experience>()
  const pretended = new LRUCache<string, Date>({ max: 50_000 })

  async function pretend({ contact, purpose, interval }: Request, { delays, failure }: Experience, since: Date) {
    const key = `${contact.kind} ${purpose} ${contact.address}`
    const code = contact.kind === 'email' ? 'over_email_send_rate_limit' : 'over_sms_send_rate_limit'
    assertDue(code, pretended.get(key) ?? null, interval, since)
    const fails = failure && since.getTime() < failure.at.getTime() + failureLasts
    if (!fails) pretended.set(key, since)
    const delay = delays[Math.floor(Math.random() * delays.length)] ?? 0
    const left = Math.min(delay - (clock().getTime() - since.getTime()), longestWait)
    if (left > 0) await sleep(left)
    if (fails) throw failure.error
  }

  return {
    async about(request, work) {
      const since = clock()
      const of = `${request.contact.kind} ${request.purpose}`
      const own = experiences.get(of) ?? { delays: [], failure: undefined }
      experiences.set(of, own)
      const remember = (error?: AuthError) => {
        own.failure = error && { error, at: since }
        own.delays.unshift(clock().getTime() - since.getTime())
        own.delays.length = Math.min(own.delays.length, remembered)
      }
      const outcome = await work().catch((error: unknown) => {
        if (isSendingFailure(error)) remember(error)
        throw error
      })
      if (outcome.was === 'sent') remember()
      if (outcome.was === 'silent') await pretend(request, own, since)
      return outcome.value
    },
  }
}

function isSendingFailure(error: unknown): error is AuthError {
  return error instanceof AuthError && error.message.startsWith('Error sending ')
}
