import { AuthError } from '../auth-error.ts'
import type { OneTimeTokenType } from '../database/index.ts'

/** How someone proves to have got a mail or a message. */
export type Proof =
  /** The token of a link. */
  | { readonly kind: 'token'; readonly hash: string }
  /** The digits, and where they were sent to. */
  | { readonly kind: 'code'; readonly code: string; readonly address: string; readonly by: 'email' | 'phone' }

export interface Verification {
  readonly type: string
  readonly proof: Proof
}

const byEmail: Readonly<Record<string, readonly OneTimeTokenType[]>> = {
  signup: ['confirmation_token'],
  invite: ['confirmation_token'],
  email: ['confirmation_token', 'recovery_token'],
  recovery: ['recovery_token'],
  magiclink: ['recovery_token'],
  email_change: ['email_change_token_new', 'email_change_token_current'],
}

const byPhone: Readonly<Record<string, readonly OneTimeTokenType[]>> = {
  sms: ['confirmation_token'],
  phone_change: ['phone_change_token'],
}

/** Which tokens a `type` of verification accepts. There is no token for a code of another type, and none for a link is an error. */
export function tokenTypesOf({ type, proof }: Verification): readonly OneTimeTokenType[] {
  const types = proof.kind === 'code' && proof.by === 'phone' ? byPhone : byEmail
  if (Object.hasOwn(types, type)) return types[type] ?? []
  if (proof.kind === 'code') return []
  throw new AuthError(400, 'validation_failed', 'Invalid email verification type')
}
