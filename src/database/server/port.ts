import { once } from 'node:events'
import { createServer } from 'node:net'
import { PorticoError } from '#errors'

/**
 * Makes sure that a port can be had, before Postgres says so less clearly.
 *
 * @returns the port, a free one for 0
 * @throws PorticoError PORT_IN_USE
 */
export async function takePort({ host, port }: { host: string; port: number }): Promise<number> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address ? address.port : port
  } catch (cause) {
    throw refused(host, port, cause)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

function refused(host: string, port: number, cause: unknown): PorticoError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = { EADDRINUSE: 'is taken by another program', EACCES: 'may not be used by this user' }[String(code)]
  return new PorticoError('PORT_IN_USE', {
    message: `Port ${port} of ${host}, for Postgres, ${why ?? `cannot be had (${String(code)})`}. Set another: [db] port in supabase/config.toml, or --db-port.`,
    details: { host, port, key: 'db.port' },
    cause,
  })
}
