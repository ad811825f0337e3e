export { endSessions, type SignOutScope } from './end-sessions.ts'
export { refreshSession } from './refresh-session.ts'
export { type SessionResponse, sessionResponse } from './session-response.ts'
export { type SignInMethod, startSession } from './start-session.ts'
