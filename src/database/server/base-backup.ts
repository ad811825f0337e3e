import { mkdir } from 'node:fs/promises'
import pg from 'pg'
import { errorMessage, PorticoError } from '#errors'

/** A client with the socket that the types of pg do not tell of. */
interface Flowing {
  readonly connection: { readonly stream: { pause(): void; resume(): void } }
}

const archiveBegins = 0x6e // n
const archiveContent = 0x64 // d

/**
 * Copies the cluster of a running server into a new folder, as pg_basebackup does: Postgres itself sends its files, checks
 * the sums of their pages, and adds the write-ahead log that brings them to one moment, that of the copy's end.
 *
 * @param login a superuser's, over the unix socket
 * @throws PorticoError POSTGRES_FAILED; then what is in the folder is no copy.
 */
export async function copyCluster(login: pg.ClientConfig, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  const client = new pg.Client({ ...login, application_name: 'portico backup', replication: 'true' } as pg.ClientConfig)
  const broken = new Promise<never>((_, reject) => client.once('error', reject))
  broken.catch(() => {})
  try {
    await client.connect()
    // Whatever is written meanwhile, the log of it is kept until it has been sent.
    await client.query(`CREATE_REPLICATION_SLOT "portico_backup_${process.pid}" TEMPORARY PHYSICAL RESERVE_WAL`)
    await Promise.race([receive(client, folder), broken])
  } catch (cause) {
    throw new PorticoError('POSTGRES_FAILED', {
      message: `The database could not be copied: ${errorMessage(cause)}`,
      cause,
    })
  } finally {
    await client.end()
  }
}

async function receive(client: pg.Client, folder: string): Promise<void> {
  const { extract } = await import('tar')
  // Who owns them is for whoever starts Postgres on them.
  const files = extract({ cwd: folder, preserveOwner: false, strict: true })
  const written = new Promise<void>((resolve, reject) => files.once('close', resolve).once('error', reject))
  written.catch(() => {})
  const { stream } = (client as unknown as Flowing).connection
  files.on('drain', () => stream.resume())
  await new Promise<void>((resolve, reject) => {
    const query = new pg.Query(
      "BASE_BACKUP (LABEL 'portico', CHECKPOINT 'fast', WAL true, MANIFEST 'no')",
      (error?: Error | null) => (error ? reject(error) : resolve()),
    )
    files.once('error', reject)
    Object.assign(query, {
      handleCopyData({ chunk }: { chunk: Buffer }) {
        if (chunk[0] === archiveBegins && !isMain(chunk)) reject(new Error('it has tablespaces outside of its folder'))
        if (chunk[0] !== archiveContent) return
        // The bytes lie where the next ones are read to.
        if (!files.write(Buffer.from(chunk.subarray(1)))) stream.pause()
      },
    })
    client.query(query)
  })
  files.end()
  await written
}

/** Of an archive's announcement, its name and the folder it was taken from, both ended by a zero byte. */
function isMain(chunk: Buffer): boolean {
  const [name, from] = chunk.toString('utf8', 1).split('\0')
  return name === 'base.tar' && from === ''
}
