import { PorticoError } from '#errors'

/** Where a hook is: a function of the database, or an address that takes signed requests. */
export type HookTarget =
  | { readonly kind: 'function'; readonly schema: string; readonly name: string }
  | { readonly kind: 'http'; readonly url: string; readonly secrets: readonly string[] }

/** What a name in SQL may look like here, as GoTrue allows. */
const postgresName = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/

/** Reads one `[auth.hook.NAME]`, whose scheme and secrets the configuration has checked. */
export function readTarget(
  name: string,
  { uri, secrets = '' }: { uri: string; secrets?: string | undefined },
): HookTarget {
  const url = new URL(uri)
  if (url.protocol !== 'pg-functions:') {
    // A signature is made of what follows `v1,`; several secrets let one be replaced without a gap.
    return { kind: 'http', url: uri, secrets: secrets.split('|').map((secret) => secret.replace(/^v1,/, '')) }
  }
  const [, schema = '', routine = ''] = url.pathname.split('/')
  if (postgresName.test(schema) && postgresName.test(routine)) return { kind: 'function', schema, name: routine }
  const message = `[auth.hook.${name}] uri: expected pg-functions://postgres/SCHEMA/FUNCTION`
  throw new PorticoError('CONFIG_INVALID', { message })
}
