import { lookup } from 'node:dns/promises'
import { type Config, isLoopback } from '#config'
import type { FunctionsOptions } from '#functions'

/**
 * Edge functions run on this machine: they call this backend where it listens, whatever the world calls it. Where that is
 * every address, they do so at a loopback address that nothing else is likely to listen on. Where others can reach this
 * backend, that address is the only private one that is open to them.
 */
export async function localFunctions(
  config: Config,
  databaseUrl: string,
): Promise<Pick<FunctionsOptions, 'urls' | 'guard'>> {
  const { http, database } = config
  const host = localHost(config)
  return {
    urls: {
      api: () => localUrl(config),
      database: () => (database.kind === 'embedded' ? at(databaseUrl, host) : databaseUrl),
    },
    guard: isLoopback(http.host)
      ? undefined
      : { open: (await lookup(host, { all: true })).map(({ address }) => address) },
  }
}

export function localUrl(config: Config): string {
  return `http://${localHost(config)}:${config.http.port}`
}

function localHost({ http }: Config): string {
  const anywhere = http.host === '0.0.0.0' || http.host === '::'
  if (!anywhere) return http.host
  return process.platform === 'linux' ? '127.83.66.1' : '127.0.0.1'
}

function at(url: string, host: string): string {
  if (url === '') return url
  const local = new URL(url)
  local.hostname = host
  return local.href
}
