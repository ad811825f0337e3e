import type { SessionSettings } from '../settings.ts'

export interface SessionTimes {
  readonly createdAt: Date
  readonly refreshedAt: Date | null
  readonly notAfter: Date | null
}

/** Why a session is over, in GoTrue's words; undefined while it lives. */
export function endOfSession(session: SessionTimes, settings: SessionSettings, now: Date): string | undefined {
  const { createdAt, refreshedAt, notAfter } = session
  if (notAfter && now > notAfter) return 'Session Expired'
  if (settings.timebox > 0 && now.getTime() > createdAt.getTime() + settings.timebox * 1000) return 'Session Expired'
  const lastUse = refreshedAt ?? createdAt
  if (settings.inactivityTimeout > 0 && now.getTime() > lastUse.getTime() + settings.inactivityTimeout * 1000) {
    return 'Session Expired (Inactivity)'
  }
  return undefined
}
