import type { FeedOptions, FeedReader } from './feed.ts'
import { createIntake, type Read } from './intake.ts'
import { createPump } from './pump.ts'
import { openSight } from './seen.ts'
import { openSlot } from './slot.ts'

/** A slot that is read from, and all that stands between it and the readers. */
export interface Stream {
  /** Resolves when it is over, with why. */
  readonly ended: Promise<unknown>
  /** Milliseconds that what was read and not handed on has waited. */
  lag(): number
  close(): Promise<void>
}

export async function openStream(
  { login, plainLogin, silence, observe }: FeedOptions,
  readers: ReadonlySet<FeedReader>,
  signal: AbortSignal,
): Promise<Stream> {
  const sight = await openSight(plainLogin)
  try {
    const flow = { pause: () => slot.pause(), resume: () => slot.resume(), fail: (error: unknown) => slot.fail(error) }
    const pump = createPump(readers, sight, flow, observe)
    const wants = (table: Parameters<NonNullable<FeedReader['wants']>>[0]) =>
      [...readers].some((reader) => reader.wants?.(table))
    const early: Read[] = []
    let open = false
    const intake = createIntake(wants, (read) => (open ? pump.push(read) : early.push(read)))
    const slot = await openSlot({ login, message: intake, signal, ...(silence !== undefined && { silence }), observe })
    open = true
    for (const read of early) pump.push(read)
    void sight.ended.then(slot.fail)
    const end = async () => {
      pump.stop()
      await sight.close().catch(() => {})
    }
    return {
      ended: slot.ended.finally(end),
      lag: pump.lag,
      async close() {
        await slot.close().catch(() => {})
        await end()
      },
    }
  } catch (error) {
    await sight.close().catch(() => {})
    throw error
  }
}
