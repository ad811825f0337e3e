import { isLoopback } from '#config'
import { readHolder } from '#database'
import { PorticoError } from '#errors'
import { dataFolderOf, notRunning } from '../data-folder.ts'
import type { ProjectOptions } from '../options.ts'

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
  /** That its operator key may go over the network as it is. */
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

/** The one of `--url`, else the running one. */
export function targetOf({ url, plainHttp = false, ...options }: TargetOptions): Backend {
  if (url === undefined) return backendOf(options)
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol) || target.username || target.search || target.hash) {
    throw unfit('--url needs a URL like "https://api.example.com".')
  }
  if (target.protocol === 'http:' && !plainHttp && !isLoopback(target.hostname)) {
    throw unfit(
      `${target.origin} is not https: whoever is on the way would read the operator key. Use https://, or --plain-http where nobody is (a tunnel, a VPN).`,
    )
  }
  const operatorKey = process.env.PORTICO_OPERATOR_KEY
  if (!operatorKey) throw unfit('--url needs the operator key of that backend in PORTICO_OPERATOR_KEY.')
  return { url: url.replace(/\/+$/, ''), anonKey: '', secretKey: '', operatorKey }
}

function unfit(message: string): PorticoError {
  return new PorticoError('CONFIG_INVALID', { message })
}

/**
 * Asks for something that only operators may do.
 *
 * @throws PorticoError with the backend's own message when it refuses
 */
export async function operate({ url, operatorKey }: Backend, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    const headers = { authorization: `Bearer ${operatorKey}` }
    response = await fetch(`${url}/portico/v1${path}`, { ...init, headers })
  } catch (cause) {
    throw new PorticoError('NOT_READY', { message: `${url} cannot be reached.`, cause })
  }
  if (response.ok) return response
  const { message = `${url} answered ${response.status}.` } = (await response.json().catch(() => ({}))) as {
    message?: string
  }
  throw new PorticoError(response.status === 401 ? 'UNAUTHENTICATED' : 'BAD_USER_INPUT', { message })
}
