/**
 * The client's functions are made for browsers, whose WebAuthn API has bytes where JSON has base64url. A gateway passes
 * JSON on, in the forms of https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON and `toJSON`.
 */

/** Options for an authenticator, as JSON again. */
export function plainOptions(value: unknown): unknown {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return bytesOf(value).toString('base64url')
  if (Array.isArray(value)) return value.map(plainOptions)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plainOptions(part)]))
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Buffer {
  return value instanceof ArrayBuffer
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** An authenticator's answer that came as JSON, as the client takes one: by its `toJSON`. */
export function liveCredential(json: object): { toJSON(): object } {
  return { toJSON: () => json }
}
