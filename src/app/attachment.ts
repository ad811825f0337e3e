import type { Config, LoadOptions } from '#config'
import type { Connections, Holder, HolderFacts } from '#database'

/** How another process of the same user works on the database of a running backend. */
export interface Attachment {
  /** What the backend was started with; the same configuration follows from it. */
  readonly options: Pick<LoadOptions, 'host' | 'port' | 'dbPort' | 'dbUrl' | 'production'>
  /** The embedded server's unix socket, which needs no password; undefined for a database of one's own. */
  readonly socket: { readonly host: string; readonly port: number } | undefined
}

/** An attachment as a fact beside the others of the data folder, whose file is the owner's alone. */
export function attachmentFact({ http, mode, database }: Config, connections: Connections): HolderFacts {
  const { host, port } = connections.for('postgres')
  const embedded = database.kind === 'embedded'
  const attachment: Attachment = {
    options: {
      host: http.host,
      port: http.port,
      production: mode === 'production',
      ...(embedded ? { dbPort: database.port } : { dbUrl: database.url }),
    },
    socket: embedded && host !== undefined && port !== undefined ? { host, port } : undefined,
  }
  return { attachment: JSON.stringify(attachment) }
}

/** Undefined while the backend is still starting. */
export function attachmentOf({ facts }: Holder): Attachment | undefined {
  return facts.attachment === undefined ? undefined : (JSON.parse(facts.attachment) as Attachment)
}
