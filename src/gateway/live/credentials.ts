/** As the headers of a request have them. */
export interface Credentials {
  readonly apikey?: string
  readonly authorization?: string
}

/** From a client's `connectionParams`: `apikey` and `Authorization`, or `headers` with both, in any case. */
export function credentialsIn(params: Readonly<Record<string, unknown>> | undefined): Credentials {
  const { headers } = params ?? {}
  const all = { ...(typeof headers === 'object' && headers), ...params }
  const given = new Map(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]))
  const text = (name: 'apikey' | 'authorization') => {
    const value = given.get(name)
    return typeof value === 'string' ? { [name]: value } : {}
  }
  return { ...text('apikey'), ...text('authorization') }
}
