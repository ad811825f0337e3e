/** Errors of a machine that has no way to an address, or finds none. */
const noWay = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ETIMEDOUT'])

/**
 * What to do where the direct host of a hosted Supabase cannot be reached: most have an IPv6 address alone.
 * See https://supabase.com/docs/guides/troubleshooting/supabase--your-network-ipv4-and-ipv6-compatibility-cHe3BP
 */
export function ipv6Hint(host: string, error: unknown): string {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  const isDirect = /^db\.[a-z0-9]+\.supabase\.(co|in|net)$/.test(host)
  if (!isDirect || !(noWay.has(code) || /timeout/.test(message))) return ''
  return '. Without IPv6, take the host of the pooler, which the dashboard shows under Connect'
}
