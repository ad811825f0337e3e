/** The `error_code` values of GoTrue that this room answers with. */
export type AuthErrorCode =
  | 'anonymous_provider_disabled'
  | 'bad_json'
  | 'bad_jwt'
  | 'conflict'
  | 'email_exists'
  | 'email_not_confirmed'
  | 'email_provider_disabled'
  | 'feature_disabled'
  | 'flow_state_not_found'
  | 'insufficient_aal'
  | 'invalid_credentials'
  | 'manual_linking_disabled'
  | 'mfa_totp_enroll_not_enabled'
  | 'no_authorization'
  | 'not_admin'
  | 'not_found'
  | 'otp_expired'
  | 'over_email_send_rate_limit'
  | 'over_request_rate_limit'
  | 'passkey_disabled'
  | 'phone_exists'
  | 'phone_provider_disabled'
  | 'provider_disabled'
  | 'reauthentication_needed'
  | 'reauthentication_not_valid'
  | 'refresh_token_already_used'
  | 'refresh_token_not_found'
  | 'request_entity_too_large'
  | 'saml_provider_disabled'
  | 'same_password'
  | 'session_expired'
  | 'session_not_found'
  | 'signup_disabled'
  | 'unexpected_failure'
  | 'user_already_exists'
  | 'user_banned'
  | 'user_not_found'
  | 'user_sso_managed'
  | 'validation_failed'
  | 'weak_password'
  | 'web3_provider_disabled'

/** Which rule a password broke. */
export type WeaknessReason = 'length' | 'characters'

/**
 * An answer of the Auth API that is not a success. Status, code and message are what GoTrue gives for the same case
 * (https://github.com/supabase/auth, internal/api/apierrors), since clients match on them.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly status: number
  readonly code: AuthErrorCode
  /** Only with `weak_password`. */
  readonly reasons: readonly WeaknessReason[] | undefined

  constructor(status: number, code: AuthErrorCode, message: string, options: ErrorOptions & Weakness = {}) {
    super(message, options)
    this.status = status
    this.code = code
    this.reasons = options.reasons
  }
}

interface Weakness {
  readonly reasons?: readonly WeaknessReason[]
}
