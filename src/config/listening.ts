import { serverUrl } from './address.ts'
import type { Config } from './config.ts'
import { deepFreeze } from './frozen.ts'

/** The configuration of a server that was told to take any free port, and took this one. Its inbox takes any, too. */
export function listeningOn(config: Config, port: number): Config {
  const { http, auth, api, inbucket } = config
  const externalUrl = api.externalUrl === undefined ? serverUrl(http.host, port) : http.externalUrl
  const moved = (url: string) => (url === `${http.externalUrl}/auth/v1` ? `${externalUrl}/auth/v1` : url)
  return deepFreeze({
    ...config,
    http: { ...http, port, externalUrl },
    inbucket: { ...inbucket, port: 0 },
    auth: { ...auth, externalUrl: moved(auth.externalUrl), jwtIssuer: moved(auth.jwtIssuer) },
  })
}
