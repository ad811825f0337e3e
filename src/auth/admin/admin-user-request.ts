import type { JsonObject } from '../json.ts'

/** What an administrator says of a user; an empty string means nothing was said. */
export interface AdminUserRequest {
  readonly id: string
  readonly aud: string
  readonly role: string
  readonly email: string
  readonly phone: string
  readonly password: string | undefined
  readonly passwordHash: string
  readonly emailConfirm: boolean
  readonly phoneConfirm: boolean
  readonly userMetadata: JsonObject | undefined
  readonly appMetadata: JsonObject | undefined
  /** Like `24h` or `1h30m`; `none` ends a ban. */
  readonly banDuration: string
}
