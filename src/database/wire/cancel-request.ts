import pg from 'pg'

/** The session whose statement is to end. */
export interface Session {
  readonly processId: number
  readonly secretKey: number
}

/** node-postgres' connection, of which its types leave out what is used here. */
interface Connection extends pg.Connection {
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
}

const patience = 5000

/**
 * Asks the server to end what a session is doing (CancelRequest), over a connection of its own. True once the server has
 * hung up: by then the session has been told, so a statement sent to it later cannot be the one that ends.
 * False where nobody knows.
 */
export function cancelRequest(config: pg.ClientConfig, { processId, secretKey }: Session): Promise<boolean> {
  const { host = 'localhost', port = 5432, ssl = false } = config
  const connection = new pg.Connection({ ssl } as pg.ConnectionConfig) as Connection
  return new Promise((resolve) => {
    const give = (told: boolean) => {
      clearTimeout(timer)
      connection.stream.destroy()
      resolve(told)
    }
    const timer = setTimeout(() => give(false), patience)
    const cancel = () => connection.cancel(processId, secretKey)
    connection.once('connect', () => (ssl ? connection.requestSsl() : cancel()))
    connection.once('sslconnect', cancel)
    connection.on('error', () => give(false))
    connection.once('end', () => give(true))
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
  })
}
