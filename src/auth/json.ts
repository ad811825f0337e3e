export type JsonObject = { readonly [key: string]: unknown }

/** True for `{…}`, not for arrays and null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
