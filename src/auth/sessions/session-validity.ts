import type { SessionSettings } from '../settings/index.ts'

export interface SessionTimes {
  readonly createdAt: Date
  readonly refreshedAt: Date | null
  readonly notAfter: Date | null
}

/** Why a session is over, in GoTrue's words; undefined while it lives. */
export function endOfSession(session: SessionTimes, settings: SessionSettings, now: Date): string | undefined {
  const { createdAt, notAfter } = session
  if (notAfter && now > notAfter) return 'Session Expired'
  if (settings.timebox > 0 && now.getTime() > createdAt.getTime() + settings.timebox * 1000) return 'Session Expired'
  if (
    settings.inactivityTimeout > 0 &&
    now.getTime() > lastUse(session).getTime() + settings.inactivityTimeout * 1000
  ) {
    return 'Session Expired (Inactivity)'
  }
  return undefined
}

/** When a session was renewed, or started. */
export function lastUse({ refreshedAt, createdAt }: SessionTimes): Date {
  return refreshedAt ?? createdAt
}
