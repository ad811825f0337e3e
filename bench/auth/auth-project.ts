import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { attachmentOf } from '#app'
import { readHolder } from '#database'
import { parentOf } from '../graphql/processor-time.ts'
import { type RunningPortico, startPortico } from '../support/index.ts'

/** Portico on a small project whose limits are out of the way. */
export interface AuthProject {
  readonly portico: RunningPortico
  /** Of Postgres' first process. */
  readonly postgres: number
  /** A login that owns Auth's tables, for whoever is compared with it. */
  readonly connection: pg.ClientConfig
  readonly secret: string
  readonly people: People
  close(): Promise<void>
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
  const data = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const portico = await startPortico('--project', join(import.meta.dirname, 'project'), '--data', data)
  const close = async () => {
    await portico.stop()
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const holder = readHolder(data)
    const socket = holder && attachmentOf(holder)?.socket
    const secret = holder?.facts.JWT_SECRET
    if (!socket || !secret) throw new Error('Portico does not say where its database is')
    const connection = { ...socket, database: 'postgres', user: 'supabase_auth_admin' }

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
    const { rows } = await client.query<{ pid: number; hash: string }>(
      'select pg_backend_pid() as pid, encrypted_password as hash from auth.users',
    )
    const [{ pid, hash } = { pid: 0, hash: '' }] = rows
    // As long as the session lives.
    const postgres = parentOf(pid)
    await client.end()
    const people: People = {
      ...{ accessToken: signedUp.access_token, password, hash, credentials },
      post: (url, body) => post(url, body, url.includes('/graphql/') ? signedUp.access_token : undefined),
      startSession: async () => ((await post('/auth/v1/signup', '{}')) as Session).refresh_token,
    }
    return { portico, postgres, connection, secret, people, close }
  } catch (error) {
    await close()
    throw error
  }
}
