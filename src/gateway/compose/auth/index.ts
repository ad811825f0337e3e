import type { SchemaBuilder } from '../../schema/index.ts'
import { addAccountFields } from './account-fields.ts'
import { addCodeFields } from './code-fields.ts'
import { addFactorFields } from './factor-fields.ts'
import { addPasskeyFields } from './passkey-fields.ts'
import { addProviderFields } from './provider-fields.ts'
import { addSignInFields } from './sign-in-fields.ts'
import { authTypes } from './types.ts'

/** Sign-up, sign-in, second factors, passkeys and the signed-in user. */
export function addAuthFields(builder: SchemaBuilder): void {
  const types = authTypes(builder)
  addSignInFields(builder, types)
  addCodeFields(builder, types)
  addProviderFields(builder, types)
  addAccountFields(builder, types)
  addFactorFields(builder, types)
  addPasskeyFields(builder, types)
}
