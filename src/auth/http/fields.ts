import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../json.ts'
import { type Challenge, readChallenge } from '../pkce/index.ts'

/** Text; absent and null are the empty string. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** Text that may be absent; null is absent. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)

/** True or false; absent and null are false. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)

/** As `flag`, but null and absent are undefined. */
export const optionalFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined)

/** Texts; null is absent. */
export const optionalTexts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? undefined)

/** An object of any content, passed on as it is; null is absent. */
export const optionalObject = z
  .custom<JsonObject>(isJsonObject)
  .nullish()
  .transform((value) => value ?? undefined)

/** What a client that uses PKCE adds to a request. */
export const challengeFields = { code_challenge: text, code_challenge_method: text }

/** The challenge of a request; undefined where it has none. */
export function challengeOf(body: {
  readonly code_challenge: string
  readonly code_challenge_method: string
}): Challenge | undefined {
  return readChallenge(body.code_challenge, body.code_challenge_method)
}
