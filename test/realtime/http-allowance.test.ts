import { expect, test } from 'vitest'
import { createHttpAllowance } from '../../src/realtime/http/allowance.ts'
import { defaultLimits } from '../../src/realtime/limits.ts'

const perSecond = 20

/** How many messages somebody gets through before the first is refused. */
function flood(take: (clients: readonly string[]) => boolean, clientsOf: (i: number) => readonly string[]): number {
  let taken = 0
  while (taken < perSecond * 100 && take(clientsOf(taken))) taken++
  return taken
}

test('an address with any number of users leaves others half of what may be broadcast', () => {
  const { take } = createHttpAllowance({ ...defaultLimits, httpMessagesPerSecond: perSecond })
  const hostile = flood(take, (i) => [`user ${i}`, 'address 192.0.2.1'])
  const honest = flood(take, () => ['user ada', 'address 192.0.2.2'])
  // Seconds' worth come at once; some may come in while the test runs.
  expect(hostile).toBeLessThan(perSecond * 5 * 0.75)
  expect(honest).toBeGreaterThan(perSecond * 5 * 0.25)
})
