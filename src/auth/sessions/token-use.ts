import type { RefreshTokenSettings } from '../settings/index.ts'

/** What the use of a refresh token means. */
export type TokenUse =
  /** The first use: it is spent, and a new one takes its place. */
  | 'rotate'
  /** Used again at once, by a client that asked twice or never got the answer: it gets the same successor. */
  | 'repeat'
  /** Used again later: someone else has it. */
  | 'stolen'

export interface RefreshTokenState {
  readonly revoked: boolean
  /** When it was spent; meaningless for a token that was not. */
  readonly revokedAt: Date
}

/** Judges the use of a refresh token. Pure: the caller holds the session's lock. */
export function judgeTokenUse(
  token: RefreshTokenState,
  { reuseInterval }: Pick<RefreshTokenSettings, 'reuseInterval'>,
  now: Date,
): TokenUse {
  if (!token.revoked) return 'rotate'
  return now.getTime() <= token.revokedAt.getTime() + reuseInterval * 1000 ? 'repeat' : 'stolen'
}
