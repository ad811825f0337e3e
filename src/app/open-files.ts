import { readFileSync } from 'node:fs'
import type { Config } from '#config'
import type { Room } from '#http'
import type { Observe } from '#observe'

/** Files and sockets that are open for other things than clients: the process' own, services' pools, functions' pipes. */
const own = 100

/** However low the limit is. */
const least = 20

/** Requests at once, for which every machine should have room. */
const usual = 500

/** Divides what this process may open between itself and its clients; tells where that is too little for what is configured. */
export function roomForClients(config: Config, pool: number, observe: Observe, limit = openFilesLimit()): Room {
  const files = Math.max(limit - own - pool, least)
  const perSocket = config.managed ? 2 : 1
  const sockets = config.realtime.enabled && !config.managed ? config.realtime.maxConcurrentUsers : 0
  if (files < Math.max(sockets, 2 * usual)) {
    const room = `${Math.floor(files / 2)} requests or ${Math.floor(files / perSocket)} WebSockets at once`
    const allowed = files < sockets ? ` [realtime] max_concurrent_users allows ${sockets} of these.` : ''
    const text = `This process may have ${limit} files and connections open: there is room for ${room}.${allowed} Raise the limit (ulimit -n, LimitNOFILE).`
    observe({ kind: 'message', level: 'warn', text })
  }
  return { files, perSocket }
}

/** The soft limit, which Node has raised to the hard one when it started. */
function openFilesLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return reportedLimit()
  }
}

/** Where there is no /proc. */
function reportedLimit(): number {
  // Known to Node, though not to its types; names of addresses are looked up otherwise.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | 'unlimited' } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}
