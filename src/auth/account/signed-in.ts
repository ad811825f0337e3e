import type { User } from '../users/index.ts'

/** Who is signed in, as the access token says and the database confirms. */
export interface SignedIn {
  readonly user: User
  /** Absent for a token that names none. */
  readonly session: SignedInSession | undefined
  /** The other application that the user let in, where the token is one's. */
  readonly clientId: string | null
}

interface SignedInSession {
  readonly id: string
  readonly createdAt: Date
  readonly aal: 'aal1' | 'aal2' | 'aal3' | null
}
