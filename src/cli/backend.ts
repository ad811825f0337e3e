import { isLoopback } from '#config'
import { readHolder } from '#database'
import { PorticoError } from '#errors'
import { dataFolderOf, notRunning } from './data-folder.ts'
import type { ProjectOptions } from './options.ts'

/** A running backend as its operator reaches it. */
export interface Backend {
  readonly url: string
  readonly anonKey: string
  readonly secretKey: string
  readonly operatorKey: string
}

export interface TargetOptions extends ProjectOptions {
  /** A backend elsewhere. */
  readonly url?: string
  /** That a key of it may go over the network as it is. */
  readonly plainHttp?: boolean
}

/** The backend that runs on the data folder, if there is one. */
export function runningBackend(options: ProjectOptions): Backend | undefined {
  const facts = readHolder(dataFolderOf(options))?.facts
  if (facts?.API_URL === undefined) return undefined
  const {
    API_URL: url,
    ANON_KEY: anonKey = '',
    SERVICE_ROLE_KEY: secretKey = '',
    OPERATOR_KEY: operatorKey = '',
  } = facts
  return { url, anonKey, secretKey, operatorKey }
}

/** @throws PorticoError NOT_READY when none runs */
export function backendOf(options: ProjectOptions): Backend {
  const backend = runningBackend(options)
  if (!backend) throw notRunning(dataFolderOf(options))
  return backend
}

/** The one of `--url`, else the running one; for what only its operator may do. */
export function targetOf({ url, plainHttp = false, ...options }: TargetOptions): Backend {
  if (url === undefined) return backendOf(options)
  const target = elsewhere(url, plainHttp, 'operator key')
  const operatorKey = process.env.PORTICO_OPERATOR_KEY
  if (!operatorKey) throw unfit('--url needs the operator key of that backend in PORTICO_OPERATOR_KEY.')
  return { url: target, anonKey: '', secretKey: '', operatorKey }
}

/** The same, for what the service role may do. A hosted Supabase is such a backend, too. */
export function administeredBackend({ url, plainHttp = false, ...options }: TargetOptions): Backend {
  if (url === undefined) return backendOf(options)
  const target = elsewhere(url, plainHttp, 'secret key')
  const secretKey = process.env.SUPABASE_SECRET_KEY || process.env.SUPABASE_SERVICE_ROLE_KEY
  if (!secretKey) throw unfit('--url needs the secret key of that backend in SUPABASE_SECRET_KEY.')
  return { url: target, anonKey: '', secretKey, operatorKey: '' }
}

/** A URL that a key may be sent to. */
function elsewhere(url: string, plainHttp: boolean, key: string): string {
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol) || target.username || target.search || target.hash) {
    throw unfit('--url needs a URL like "https://api.example.com".')
  }
  if (target.protocol === 'http:' && !plainHttp && !isLoopback(target.hostname)) {
    throw unfit(
      `${target.origin} is not https: whoever is on the way would read the ${key}. Use https://, or --plain-http where nobody is (a tunnel, a VPN).`,
    )
  }
  return url.replace(/\/+$/, '')
}

function unfit(message: string): PorticoError {
  return new PorticoError('CONFIG_INVALID', { message })
}

/**
 * Asks for something that only operators may do.
 *
 * @throws PorticoError with the backend's own message when it refuses
 */
export async function operate(backend: Backend, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${backend.operatorKey}` }
  return await ask(`${backend.url}/portico/v1${path}`, { ...init, headers })
}

/** Asks Auth as the service role, with a body of JSON where there is one. Throws as {@link operate} does. */
export async function askAuth(backend: Backend, method: string, path: string, body?: object): Promise<Response> {
  const { url, secretKey } = backend
  const headers = { apikey: secretKey, authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' }
  return await ask(`${url}/auth/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
}

/**
 * Follows no redirect: a key that goes along in a header of its own would go to whoever it leads to, and over plain HTTP.
 *
 * @throws PorticoError BAD_GATEWAY for one
 */
export const fetchThere: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' })
  const location = response.headers.get('location')
  if (response.status < 300 || response.status >= 400 || location === null) return response
  const [from, to] = [new URL(response.url), URL.parse(location, response.url)]
  const message = `${from.origin} redirects to ${to?.origin ?? location}. If that is meant, give it as --url.`
  throw new PorticoError('BAD_GATEWAY', { message })
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const { origin } = new URL(url)
  let response: Response
  try {
    response = await fetchThere(url, init)
  } catch (cause) {
    if (cause instanceof PorticoError) throw cause
    throw new PorticoError('NOT_READY', { message: `${origin} cannot be reached.`, cause })
  }
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as { message?: string; msg?: string }
  const message = said.message ?? said.msg ?? `${origin} answered ${response.status}.`
  throw new PorticoError(response.status === 401 ? 'UNAUTHENTICATED' : 'BAD_USER_INPUT', { message })
}
