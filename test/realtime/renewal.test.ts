import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { publicPermissions } from '../../src/realtime/channels/permissions.ts'
import { createRenewal } from '../../src/realtime/channels/renewal.ts'
import { TokenRefused } from '../../src/realtime/token.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const bearer = (token: string) => ({
  caller: { role: 'authenticated', claims: { role: 'authenticated' }, token },
  expiresAt: Date.now() + 3600_000,
})

/** A channel whose tokens are judged when the test says so. */
function channel() {
  const judged = new Map<string, PromiseWithResolvers<ReturnType<typeof bearer>>>()
  const ended: string[] = []
  const options = {
    permissions: publicPermissions(bearer('old') as never),
    verify(token: string) {
      const judgement = Promise.withResolvers<ReturnType<typeof bearer>>()
      judged.set(token, judgement)
      return judgement.promise
    },
    permit: async (next: never) => publicPermissions(next),
    tables: { renew: async () => {} },
  }
  const renewal = createRenewal({ options, isClosed: false, shutDown: (reason: string) => ended.push(reason) } as never)
  const renew = () => renewal.take({ payload: { access_token: 'new' } } as never)
  return { renewal, renew, judged, ended }
}

const refused = new TokenRefused('InvalidJWTToken', 'withdrawn')
const fiveMinutes = 5 * 60_000

test('an old token that is refused ends nothing once there is a new one, whichever is judged first', async () => {
  const { renewal, renew, judged, ended } = channel()
  await vi.advanceTimersByTimeAsync(fiveMinutes)
  const renewing = renew()
  await vi.advanceTimersByTimeAsync(0)
  judged.get('old')?.reject(refused)
  await vi.advanceTimersByTimeAsync(0)
  judged.get('new')?.resolve(bearer('new'))
  await renewing
  await vi.advanceTimersByTimeAsync(0)
  expect([ended, renewal.permissions.bearer.caller.token]).toEqual([[], 'new'])
  await vi.advanceTimersByTimeAsync(fiveMinutes)
  judged.get('new')?.reject(refused)
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toEqual(['withdrawn'])
  renewal.end()
})

test('where the new one is refused, too, the channel ends', async () => {
  const { renewal, renew, judged, ended } = channel()
  await vi.advanceTimersByTimeAsync(fiveMinutes)
  const renewing = renew()
  await vi.advanceTimersByTimeAsync(0)
  judged.get('old')?.reject(refused)
  judged.get('new')?.reject(new TokenRefused('MalformedJWT', 'none'))
  await renewing
  expect(ended[0]).toBe('none')
  renewal.end()
})
