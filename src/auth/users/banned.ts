/** True while a ban lasts. */
export function isBanned(bannedUntil: Date | null, now: Date): boolean {
  return bannedUntil !== null && now < bannedUntil
}
