import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDotenv } from '#config'
import type { FunctionDefinition } from './definitions.ts'
import type { FunctionsConfig } from './settings.ts'

/** Where functions find the rest of the backend. Asked anew for each process, since ports may be known only after listening. */
export interface PlatformUrls {
  /** `SUPABASE_URL`: `http://127.0.0.1:54321` */
  api(): string
  /** `SUPABASE_DB_URL`: `postgresql://postgres:…@127.0.0.1:54322/postgres` */
  database(): string
}

/**
 * The environment of one process of a function: nothing of the host's, the project's secrets
 * (`supabase/functions/.env` before `[edge_runtime.secrets]`), and the platform's own variables, which no secret overrides.
 *
 * @see https://supabase.com/docs/guides/functions/secrets
 */
export function functionEnvironment(
  { name, env }: FunctionDefinition,
  { version, config, urls, jwks }: { version: string; config: FunctionsConfig; urls: PlatformUrls; jwks: unknown },
): Record<string, string> {
  const { keys, edgeRuntime, project } = config
  const secrets = { ...edgeRuntime.secrets, ...readSecrets(project), ...env }
  return {
    ...Object.fromEntries(Object.entries(secrets).filter(([secret]) => !secret.startsWith('SUPABASE_'))),
    SUPABASE_URL: urls.api(),
    SUPABASE_DB_URL: urls.database(),
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    ...(jwks !== undefined && { SUPABASE_JWKS: JSON.stringify(jwks) }),
    SUPABASE_FUNCTION_SLUG: name,
    SB_REGION: 'local',
    SB_EXECUTION_ID: randomUUID(),
    DENO_DEPLOYMENT_ID: `local_${name}_${version}`,
  }
}

/** The file whose edits change every function's environment. */
export function secretsFile({ functions, secrets }: FunctionsConfig['project']): string {
  return secrets ?? join(functions, '.env')
}

/** Synchronous: it is read when a call waits for a process, and costs less than a trip to a thread. */
function readSecrets(project: FunctionsConfig['project']): Record<string, string> {
  try {
    return parseDotenv(readFileSync(secretsFile(project), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
