import { serverUrl } from './address.ts'
import type { Config } from './config.ts'
import { deepFreeze } from './frozen.ts'

/** The configuration of a server that was told to take any free port, and took this one. */
export function listeningOn(config: Config, port: number): Config {
  const { http, auth, api } = config
  const externalUrl = api.externalUrl === undefined ? serverUrl(http.host, port) : http.externalUrl
  const moved = (url: string) => (url === `${http.externalUrl}/auth/v1` ? `${externalUrl}/auth/v1` : url)
  return deepFreeze({
    ...config,
    http: { ...http, port, externalUrl },
    auth: { ...auth, externalUrl: moved(auth.externalUrl), jwtIssuer: moved(auth.jwtIssuer) },
  })
}
