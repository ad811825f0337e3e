import { randomBytes, randomInt } from 'node:crypto'

/** RFC 4648's alphabet in lower case; its 32 letters make every byte's low five bits equally likely. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Unguessable letters and digits, five bits each. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte & 31)).join('')
}

/** Unguessable decimal digits. */
export function randomDigits(length: number): string {
  return Array.from({ length }, () => randomInt(10)).join('')
}
