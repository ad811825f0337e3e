import type { ColumnType, GeneratedAlways } from 'kysely'
import type { Json, OptionalInstant, OptionalJson, OptionalText } from './columns.ts'

export interface UsersTable {
  /** Always the nil UUID, as GoTrue writes it; the index on e-mail addresses begins with it. */
  instance_id: OptionalText
  id: string
  aud: OptionalText
  role: OptionalText
  email: OptionalText
  phone: OptionalText
  encrypted_password: OptionalText
  email_confirmed_at: OptionalInstant
  phone_confirmed_at: OptionalInstant
  confirmed_at: GeneratedAlways<Date | null>
  invited_at: OptionalInstant
  confirmation_token: OptionalText
  confirmation_sent_at: OptionalInstant
  recovery_token: OptionalText
  recovery_sent_at: OptionalInstant
  email_change: OptionalText
  email_change_token_new: OptionalText
  email_change_token_current: OptionalText
  email_change_sent_at: OptionalInstant
  email_change_confirm_status: ColumnType<number | null, number | undefined, number>
  phone_change: OptionalText
  phone_change_token: OptionalText
  phone_change_sent_at: OptionalInstant
  reauthentication_token: OptionalText
  reauthentication_sent_at: OptionalInstant
  last_sign_in_at: OptionalInstant
  raw_app_meta_data: OptionalJson
  raw_user_meta_data: OptionalJson
  created_at: OptionalInstant
  updated_at: OptionalInstant
  banned_until: OptionalInstant
  deleted_at: OptionalInstant
  is_sso_user: ColumnType<boolean, boolean | undefined, boolean>
  is_anonymous: ColumnType<boolean, boolean | undefined, boolean>
}

export interface IdentitiesTable {
  id: string
  /** What the provider calls the user; for e-mail and phone the user's own id. */
  provider_id: string
  user_id: string
  provider: string
  identity_data: Json
  email: GeneratedAlways<string | null>
  last_sign_in_at: OptionalInstant
  created_at: OptionalInstant
  updated_at: OptionalInstant
}
