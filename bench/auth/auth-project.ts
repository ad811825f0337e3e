import { join } from 'node:path'
import pg from 'pg'
import { type RunningPortico, type ServedProject, serveProject } from '../support/index.ts'

/** Portico on a small project whose limits are out of the way. */
export interface AuthProject extends ServedProject {
  /** A login that owns Auth's tables, for whoever is compared with it. */
  readonly connection: pg.ClientConfig
  readonly people: People
}

/** Who asks in this benchmark. */
export interface People {
  readonly accessToken: string
  readonly password: string
  /** Of the password, as the database keeps it. */
  readonly hash: string
  /** The body of a sign-in. */
  readonly credentials: string
  /** Posts JSON to a path of Portico, or elsewhere. @throws Error for any answer but a 200 */
  post(url: string, body: string): Promise<unknown>
  /** Signs someone in without a password, and answers the refresh token. */
  startSession(): Promise<string>
}

const password = 'a password of the bench'
const credentials = JSON.stringify({ email: 'bench@example.com', password })

interface Session {
  readonly access_token: string
  readonly refresh_token: string
}

export async function openAuthProject(): Promise<AuthProject> {
  const served = await serveProject({ project: join(import.meta.dirname, 'project') })
  try {
    const connection = served.login('supabase_auth_admin')
    return { ...served, connection, people: await signUp(served.portico, connection) }
  } catch (error) {
    await served.close()
    throw error
  }
}

async function signUp(portico: RunningPortico, connection: pg.ClientConfig): Promise<People> {
  const post = async (url: string, body: string, token?: string) => {
    const authorization = token && { authorization: `Bearer ${token}` }
    const headers = { 'content-type': 'application/json', apikey: portico.facts.ANON_KEY ?? '', ...authorization }
    const answer = await fetch(new URL(url, portico.url), { method: 'POST', headers, body })
    const text = await answer.text()
    if (answer.status !== 200 || text.includes('"errors"')) throw new Error(`${url}: ${answer.status} ${text}`)
    return JSON.parse(text) as unknown
  }
  const signedUp = (await post('/auth/v1/signup', credentials)) as Session
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ hash: string }>('select encrypted_password as hash from auth.users')
  await client.end()
  return {
    ...{ accessToken: signedUp.access_token, password, hash: rows[0]?.hash ?? '', credentials },
    post: (url, body) => post(url, body, url.includes('/graphql/') ? signedUp.access_token : undefined),
    startSession: async () => ((await post('/auth/v1/signup', '{}')) as Session).refresh_token,
  }
}
