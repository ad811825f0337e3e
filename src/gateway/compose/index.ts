import type { SchemaExtension } from '../schema/index.ts'
import { addAuthFields } from './auth/index.ts'
import { addFunctionFields } from './function-fields.ts'
import { addStorageFields } from './storage-fields.ts'

export { type InvokeFunctionOptions, invokeFunction } from './invoke-function.ts'
export { createSupabaseFor, type ServicesAccess } from './supabase-client.ts'

const fields = { auth: addAuthFields, storage: addStorageFields, functions: addFunctionFields }

/** A service whose fields can be part of the API. */
export type ComposedService = keyof typeof fields

/** Services as fields of the API. Each goes through `@supabase/supabase-js`, embedded or managed. */
export function composedFields(
  composed = Object.keys(fields) as readonly ComposedService[],
): readonly SchemaExtension[] {
  return composed.map((service) => fields[service])
}
