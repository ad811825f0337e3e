import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import pg from 'pg'
import { amongPostgresOwn } from '#database'
import type { Observe } from '#observe'
import { createHeartbeat, epoch } from './heartbeat.ts'
import { nameHolders } from './holders.ts'

/** A temporary replication slot, and the connection that it lives as long as. */
export interface Slot {
  /** Resolves when it is over, with why, unless it was closed. */
  readonly ended: Promise<unknown>
  /** Take nothing from the connection for now; Postgres waits. */
  pause(): void
  resume(): void
  /** Ends it at once, with why: what still comes is not looked at. */
  fail(error: unknown): void
  /** Resolves when Postgres has let go of it. */
  close(): Promise<void>
}

export interface SlotOptions {
  readonly login: pg.ClientConfig
  /** One message of the output plugin, with the server's time of sending it (ISO). */
  readonly message: (bytes: Buffer, sentAt: string) => void
  /** Gives up making it. */
  readonly signal: AbortSignal
  /** Milliseconds without a message after which the server is taken to be gone; as Postgres' own standbys if not given. */
  readonly silence?: number
  readonly observe: Observe
}

/** node-postgres' own connection, which carries what its queries do not know of. */
interface ReplicationConnection {
  readonly stream: Socket
  on(event: 'copyData', heard: (message: { readonly chunk: Buffer }) => void): void
  once(event: 'replicationStart', heard: () => void): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/**
 * Makes a slot that ends with its connection, and streams from it every transaction that commits from now on. Making
 * it waits for the transactions under way.
 */
export async function openSlot({ login, message, signal, silence, observe }: SlotOptions): Promise<Slot> {
  const own = amongPostgresOwn(login)
  const client = new pg.Client({
    application_name: 'portico realtime',
    connectionTimeoutMillis: 10_000,
    ...own,
    options: [own.options, ...sessionSettings].join(' '),
    // Known to node-postgres, though not to its types.
    ...{ replication: 'database' },
  })
  client.on('error', () => {})
  await client.connect()
  const { connection } = client as unknown as { readonly connection: ReplicationConnection }
  let failure: { readonly error: unknown } | undefined
  function fail(error: unknown): void {
    failure ??= { error }
    connection.stream.destroy()
  }
  const heartbeat = createHeartbeat(connection, silence, fail)
  connection.on('copyData', ({ chunk }) => {
    if (failure) return
    heartbeat.heard(chunk.readBigUInt64BE(1))
    if (chunk[0] === xLogData) {
      try {
        message(chunk.subarray(25), timeOf(chunk.readBigInt64BE(17)))
      } catch (error) {
        // It is passed over with whatever commits before there is another slot.
        fail(error)
      }
      // A server that shuts down waits for this answer, to the very byte.
    } else if (chunk[0] === keepalive && chunk[17] === 1) heartbeat.answer()
  })
  const giveUp = () => void client.end().catch(() => {})
  signal.addEventListener('abort', giveUp)
  try {
    signal.throwIfAborted()
    const name = `portico_${randomBytes(8).toString('hex')}`
    const { processID } = client as unknown as { readonly processID: number | null }
    const made = nameHolders(login, processID, observe)
    await client
      .query(`CREATE_REPLICATION_SLOT ${name} TEMPORARY LOGICAL test_decoding NOEXPORT_SNAPSHOT`)
      .finally(made)
    const started = new Promise<void>((resolve) => connection.once('replicationStart', resolve))
    const streaming = client.query(
      `START_REPLICATION SLOT ${name} LOGICAL 0/0 ("include-timestamp" '1', "skip-empty-xacts" '1')`,
    )
    await Promise.race([started, streaming])
    heartbeat.start()
    const ended = streaming.then(
      () => failure?.error ?? new Error('The stream of changes ended.'),
      (error: unknown) => failure?.error ?? error,
    )
    return {
      ended: ended.finally(heartbeat.stop),
      pause: () => void connection.stream.pause(),
      resume: () => void connection.stream.resume(),
      fail,
      async close() {
        const late = setTimeout(fail, patience, new Error('Postgres did not end the stream of changes.'))
        failure ??= { error: new Error('The stream of changes was closed.') }
        connection.stream.resume()
        connection.endCopyFrom()
        try {
          await streaming
          await client.query(`DROP_REPLICATION_SLOT ${name}`)
        } finally {
          clearTimeout(late)
          await client.end()
        }
      },
    }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** How values are written: as test_decoding's reader and Postgres' own input take them, whatever the database's settings. */
const sessionSettings = `datestyle=ISO intervalstyle=postgres bytea_output=hex timezone=UTC extra_float_digits=1`
  .split(/\s+/)
  .map((setting) => `-c ${setting}`)

/** Milliseconds that Postgres may take to end a stream, before the connection is closed under it. */
const patience = 5000

const xLogData = 0x77
const keepalive = 0x6b

function timeOf(microseconds: bigint): string {
  const since1970 = microseconds + epoch
  const seconds = new Date(Number(since1970 / 1_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(since1970 % 1_000_000n).padStart(6, '0')}Z`
}
