import type { ClientConfig } from 'pg'
import type { Observe } from '#observe'
import type { Commit, TableName } from './change.ts'
import { openStream, type Stream } from './stream.ts'
import { FeedDelayed, FeedUnavailable } from './unavailable.ts'

export interface FeedOptions {
  /** A login that may replicate. */
  readonly login: ClientConfig
  /** A login that need not be allowed anything. */
  readonly plainLogin: ClientConfig
  readonly observe: Observe
  /** How long, in milliseconds, the slot outlives its last reader: a page that is loaded again finds it still there. */
  readonly linger?: number
  /** How long, in milliseconds, a reader waits for the beginning, which waits for transactions under way. */
  readonly patience?: number
  /** Milliseconds without a word after which the server is taken to be gone, and connected to anew. */
  readonly silence?: number
}

/** Somebody who reads the committed changes. */
export interface FeedReader {
  /** Whether it takes the rows of this table; nobody's are not even read. */
  wants?(table: TableName): boolean
  /** Rows it wants, in the order of commits; a large transaction comes in parts. Postgres waits while it works. */
  take?(commits: readonly Commit[]): Promise<void>
  /** Tables that were written to or emptied. */
  touched?(tables: readonly TableName[]): void
  /** Changes may have been missed: the connection broke, and there is a new one. */
  missed?(): void
}

/**
 * The committed changes of the database, from its write-ahead log. A slot is held while there are readers and no
 * longer: nobody reading costs nothing, and whatever becomes of this process, no slot holds back the log.
 */
export interface ChangeFeed {
  /**
   * Resolves once every transaction that commits later will be told, which is when statements that begin then see
   * what it did.
   *
   * @throws FeedUnavailable when this database has no such changes to give
   * @throws FeedDelayed when a transaction is open for too long
   */
  read(reader: FeedReader): Promise<() => void>
  /** Milliseconds that what was read and not handed on has waited. */
  lag(): number
  close(): Promise<void>
}

const retryEvery = 1000

/**
 * Reads the write-ahead log while anybody wants to hear of it, for all of them at once.
 * See docs/decisions/changes-from-the-log.md.
 */
export function createChangeFeed(options: FeedOptions): ChangeFeed {
  const { observe, linger = 5000, patience = 15_000 } = options
  const readers = new Set<FeedReader>()
  let streaming: Promise<void> | undefined
  let stream: Stream | undefined
  let broken = false
  let leaving: NodeJS.Timeout | undefined
  let ending: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined
  const closing = new AbortController()

  async function start(): Promise<void> {
    const opened = await openStream(options, readers, closing.signal).catch((error) => {
      throw FeedUnavailable.of(error)
    })
    stream = opened
    void opened.ended.then((error) => {
      if (stream !== opened) return
      stream = undefined
      streaming = undefined
      broken = true
      observe({ kind: 'message', level: 'warn', text: 'the stream of changes broke', error })
      again()
    })
    if (!broken) return
    broken = false
    for (const reader of readers) reader.missed?.()
  }

  /** Until it is back, or nobody waits for it any more. */
  function again(): void {
    if (closing.signal.aborted || readers.size === 0) return
    clearTimeout(retry)
    retry = setTimeout(() => {
      if (readers.size > 0) running().catch(again)
    }, retryEvery)
  }

  function running(): Promise<void> {
    streaming ??= start().catch((error) => {
      streaming = undefined
      throw error
    })
    return streaming
  }

  async function end(): Promise<void> {
    clearTimeout(leaving)
    clearTimeout(retry)
    await streaming?.catch(() => {})
    if (readers.size > 0) return
    if (stream) ending = Promise.all([ending, stream.close()]).then(() => {})
    stream = undefined
    streaming = undefined
    // Whoever else began it.
    await ending
  }

  function leave(reader: FeedReader): void {
    if (!readers.delete(reader) || readers.size > 0 || closing.signal.aborted) return
    clearTimeout(leaving)
    leaving = setTimeout(() => {
      if (readers.size === 0) void end()
    }, linger)
  }

  return {
    async read(reader) {
      if (closing.signal.aborted) throw new FeedUnavailable('Portico is stopping.')
      clearTimeout(leaving)
      readers.add(reader)
      let late: NodeJS.Timeout | undefined
      try {
        const tooLate = new Promise<never>((_, reject) => {
          late = setTimeout(() => reject(new FeedDelayed('A transaction is open for long.')), patience)
        })
        await Promise.race([running(), tooLate])
      } catch (error) {
        leave(reader)
        throw error
      } finally {
        clearTimeout(late)
      }
      return () => leave(reader)
    },
    lag: () => stream?.lag() ?? 0,
    async close() {
      closing.abort()
      readers.clear()
      await end()
    },
  }
}
