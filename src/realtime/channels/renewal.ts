import { type ClientMessage, isRecord } from '../protocol/index.ts'
import { type Bearer, expired, TokenRefused } from '../token.ts'
import type { Channel } from './channel.ts'
import { Denied, type Permissions } from './permissions.ts'

/** Whoever hears must not keep a token for ever that has been withdrawn meanwhile: so often, in milliseconds, it is looked at. */
const confirmEvery = 5 * 60_000

/** What one channel's client may do: by the token it came with, until that ends or there is another. */
export interface Renewal {
  readonly permissions: Permissions
  /** The client has another token. What was allowed with the last one may not be any more. */
  take(message: ClientMessage): Promise<void>
  end(): void
}

export function createRenewal(channel: Channel): Renewal {
  const { verify, permit, name, tables, observe } = channel.options
  let { permissions } = channel.options
  let timer: NodeJS.Timeout | undefined
  /** What becomes of a new token, for whoever would judge by the old one. */
  let renewing: Promise<void> = Promise.resolve()

  async function settle(token: string): Promise<void> {
    const before = permissions
    try {
      const next = await permit(await verify(token), before.asked)
      if (channel.isClosed) return
      for (const extension of ['broadcast', 'presence'] as const) {
        if (!before.mayHear(extension) || next.mayHear(extension)) continue
        return channel.shutDown(`You no longer have permission to read from this Channel topic: ${name}`)
      }
      permissions = next
      confirmInTime()
      void tables.renew(channel)
    } catch (error) {
      if (error instanceof TokenRefused || error instanceof Denied) return channel.shutDown(error.message)
      observe({ kind: 'message', level: 'error', text: 'a realtime channel could not be renewed', error })
      channel.shutDown('Realtime was unable to connect to the project database')
    }
  }

  function confirmInTime(): void {
    clearTimeout(timer)
    const { expiresAt } = permissions.bearer
    const left = Math.max(expiresAt - Date.now(), 0)
    timer = setTimeout(() => void confirm(), Math.min(confirmEvery, left))
    timer.unref()
  }

  /** The same token still has to be good: its key may have been withdrawn, and it ends some time. */
  async function confirm(): Promise<void> {
    await renewing
    if (channel.isClosed) return
    const { bearer } = permissions
    const refused = await refusalOf(bearer)
    await renewing
    if (channel.isClosed) return
    // It may have been replaced meanwhile.
    if (refused !== undefined && permissions.bearer === bearer) channel.shutDown(refused)
    else confirmInTime()
  }

  async function refusalOf({ expiresAt, caller }: Bearer): Promise<string | undefined> {
    if (expiresAt <= Date.now()) return expired(expiresAt / 1000).message
    try {
      await verify(caller.token ?? '')
      return undefined
    } catch (error) {
      // Of any other error nothing can be said now: it is asked again in time.
      return error instanceof TokenRefused ? error.message : undefined
    }
  }

  confirmInTime()
  return {
    get permissions() {
      return permissions
    },
    async take({ payload }) {
      const token = isRecord(payload) ? payload.access_token : undefined
      const isNew = typeof token === 'string' && !token.startsWith('sb_') && token !== permissions.bearer.caller.token
      if (!isNew) return
      renewing = settle(token)
      await renewing
    },
    end: () => clearTimeout(timer),
  }
}
