import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHeartbeat } from '../../src/realtime/feed/heartbeat.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** @param answers whether the server does where it is asked to */
function begin({ answers = false, paused = false }) {
  const gone = vi.fn()
  const asked: boolean[] = []
  const heartbeat = createHeartbeat(
    {
      stream: { writable: true, isPaused: () => paused } as Socket,
      sendCopyFromChunk(update) {
        asked.push(update[33] === 1)
        if (update[33] === 1 && answers) heartbeat.heard(1n)
      },
    },
    60_000,
    gone,
  )
  heartbeat.start()
  return { heartbeat, gone, asked }
}

test('half of the time a silent server is left alone, then it is asked, and in the end given up', () => {
  const { heartbeat, gone, asked } = begin({})
  vi.advanceTimersByTime(60_000)
  expect(asked).toEqual([false, false, false, true, true, true])
  expect(gone).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(gone).toHaveBeenCalledOnce()
  heartbeat.stop()
})

test.each([{ answers: true }, { paused: true }])('nobody is given up with %o', (server) => {
  const { heartbeat, gone } = begin(server)
  vi.advanceTimersByTime(600_000)
  expect(gone).not.toHaveBeenCalled()
  heartbeat.stop()
})
