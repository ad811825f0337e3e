import { AuthError, type AuthErrorCode } from '../auth-error.ts'

type SendLimit = Extract<AuthErrorCode, 'over_email_send_rate_limit' | 'over_sms_send_rate_limit'>

/** Throws while the last mail or message of the kind is too fresh for another. */
export function assertDue(code: SendLimit, sentAt: Date | null, intervalSeconds: number, now: Date): void {
  const wait = sentAt ? sentAt.getTime() + intervalSeconds * 1000 - now.getTime() : 0
  if (wait <= 0) return
  const message = `For security purposes, you can only request this after ${Math.ceil(wait / 1000)} seconds.`
  throw new AuthError(429, code, message)
}
