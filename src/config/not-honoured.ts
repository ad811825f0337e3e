import type { Prepared } from './prepare.ts'
import { dotted } from './toml.ts'

/**
 * Keys of config.toml that are read and checked but change nothing yet; `*` stands for any one part, and a table for
 * all that is in it. A key that is set to something else than its default is named in one warning at start.
 * Building a feature shortens this list.
 */
export const notHonoured: readonly string[] = [
  'api.tls',
  'db.pooler',
  'db.network_restrictions',
  'db.ssl_enforcement',
  'realtime.ip_version',
  'realtime.max_header_length',
  'storage.analytics',
  'storage.vector',
  'edge_runtime.deno_version',
  'experimental.inspect',
  'experimental.pgdelta',
]

/**
 * Keys of what Supabase's CLI starts in containers and Portico has no counterpart of (Postgres is 18, whatever the hosted one
 * is): nearly every project sets some, and nobody could do anything about a warning.
 */
export const withoutCounterpart: readonly string[] = [
  'db.shadow_port',
  'db.health_timeout',
  'db.major_version',
  'studio',
  'local_smtp.pop3_port',
  'edge_runtime.inspector_port',
  'analytics',
  'experimental.orioledb_version',
  'experimental.s3_host',
  'experimental.s3_region',
  'experimental.s3_access_key',
  'experimental.s3_secret_key',
]

type Path = readonly (string | number)[]

export function isHonoured(path: Path): boolean {
  return !matches(path, notHonoured) && !matches(path, withoutCounterpart)
}

function matches(path: Path, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.split('.').every((part, depth) => part === '*' || part === path[depth]))
}

/**
 * The keys that are set, have no effect yet, and would make a difference. `parsed` and `defaults` are outputs of the
 * same schema.
 */
export function ignoredKeys({ places }: Prepared, parsed: unknown, defaults: unknown): string[] {
  const keys: string[] = []
  for (const [id, { path, value }] of places) {
    if (value === undefined || !matches(path, notHonoured) || path.some((part) => typeof part === 'number')) continue
    const now = valueAt(parsed, id)
    if (isLeaf(now) && JSON.stringify(now) !== JSON.stringify(valueAt(defaults, id)) && !isSwitchedOff(parsed, id)) {
      keys.push(dotted(path))
    }
  }
  return keys
}

/** Whether a table around the key says `enabled = false`: what is in it has no effect by the user's own will. */
export function isSwitchedOff(parsed: unknown, id: string): boolean {
  const parts = id.split('\0')
  return parts.slice(1).some((_, index) => {
    const table = valueAt(parsed, parts.slice(0, index + 1).join('\0'))
    return (table as { readonly enabled?: unknown } | undefined)?.enabled === false
  })
}

function valueAt(tree: unknown, id: string): unknown {
  return id.split('\0').reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], tree)
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || Array.isArray(value))
}
