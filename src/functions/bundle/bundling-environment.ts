import { readFileSync } from 'node:fs'

/** What Deno and esbuild read of the environment: where programs and caches are, and how npm and other hosts are reached. */
const needed: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'LANG', 'LC_ALL'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['DENO_CERT', 'DENO_TLS_CA_STORE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['DENO_AUTH_TOKENS', 'NPM_CONFIG_REGISTRY', 'NPM_CONFIG_REPLACE_REGISTRY_HOST', 'JSR_URL'],
])
/** Portico's own settings, and so its keys and passwords: no file has them handed on. */
const own = /^(?:PORTICO|SUPABASE|DATABASE|POSTGRES|PG)/i

/**
 * The environment that code is bundled in: of this process' one what bundling needs, and what an `.npmrc` takes its
 * tokens from (`_authToken=${NPM_TOKEN}`). The rest is nobody's business there: Portico's keys are in it.
 */
export function bundlingEnvironment(host: NodeJS.ProcessEnv, npmrcs: readonly string[]): Record<string, string> {
  const asked = new Set(npmrcs.flatMap(variablesOf).filter((name) => !own.test(name)))
  const given = Object.entries(host).filter(([name]) => needed.has(name.toUpperCase()) || asked.has(name))
  return Object.fromEntries(given) as Record<string, string>
}

/** The names in `${NAME}` and `${NAME?}` of an `.npmrc`; none of one that is not there. */
function variablesOf(npmrc: string): readonly string[] {
  try {
    return [...readFileSync(npmrc, 'utf8').matchAll(/\$\{(\w+)\??\}/g)].flatMap(([, name]) => name ?? [])
  } catch {
    return []
  }
}
