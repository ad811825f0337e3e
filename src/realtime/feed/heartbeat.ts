import type { Socket } from 'node:net'

/** What is said and heard on a replication connection beside what is streamed. */
interface Spoken {
  readonly stream: Socket
  sendCopyFromChunk(chunk: Buffer): void
}

export interface Heartbeat {
  /** The server said something, and how far its log goes. */
  heard(lsn: bigint): void
  /** Says how far this end is. */
  answer(): void
  start(): void
  stop(): void
}

/** Well below wal_sender_timeout, 60 seconds. */
const longestPause = 10_000

/** As `wal_receiver_timeout`. */
const usualSilence = 60_000

/** Bytes of a status update, and of its last one, which asks for an answer at once. */
const size = 34

/**
 * Acknowledges what was received, and finds out whether the server is still there: one that vanished says no goodbye, and
 * the kernel gives up on what was sent to it after a quarter of an hour. It is asked for an answer after half of `silence`,
 * as Postgres' own receiver does.
 *
 * Nothing would be read again from a slot that ends with its connection: what was received is done with.
 *
 * @param gone called once nothing was heard for so long, though it was listened for
 * @see "Standby status update" in Postgres' Streaming Replication Protocol
 */
export function createHeartbeat(connection: Spoken, silence = usualSilence, gone: (error: Error) => void): Heartbeat {
  const pause = Math.min(longestPause, silence / 6)
  let received = 0n
  let quiet = 0
  let timer: NodeJS.Timeout | undefined

  function say(asks: boolean): void {
    const update = Buffer.alloc(size)
    update[0] = statusUpdate
    for (const at of [1, 9, 17]) update.writeBigUInt64BE(received, at)
    update.writeBigInt64BE(BigInt(Date.now()) * 1000n - epoch, 25)
    update[size - 1] = asks ? 1 : 0
    if (connection.stream.writable) connection.sendCopyFromChunk(update)
  }

  function beat(): void {
    // Counted by beats: while this process is held up, or takes nothing on purpose, the server is not the one to blame.
    quiet = connection.stream.isPaused() ? 0 : quiet + pause
    if (quiet > silence) gone(new Error(`Postgres has not said anything for ${silence / 1000} seconds.`))
    else say(quiet > silence / 2)
  }

  return {
    heard(lsn) {
      received = lsn
      quiet = 0
    },
    answer: () => say(false),
    start() {
      timer = setInterval(beat, pause)
    },
    stop: () => clearInterval(timer),
  }
}

const statusUpdate = 0x72

/** Microseconds from 1970 to Postgres' own beginning of time, 2000. */
export const epoch = 946_684_800_000_000n
