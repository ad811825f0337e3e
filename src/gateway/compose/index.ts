import type { SchemaExtension } from '../schema/index.ts'
import { addAuthFields } from './auth-fields.ts'
import { addFunctionFields } from './function-fields.ts'
import { addStorageFields } from './storage-fields.ts'

export { type InvokeFunctionOptions, invokeFunction } from './invoke-function.ts'
export { createSupabaseFor, type ServicesAccess } from './supabase-client.ts'

/** Auth, Storage and Functions as fields of the API. Each goes through `@supabase/supabase-js`, embedded or managed. */
export const services: readonly SchemaExtension[] = [addAuthFields, addStorageFields, addFunctionFields]
