import { type Dispatcher, errors } from 'undici'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Attempt } from '../../src/functions/attempt.ts'
import type { Recipient } from '../../src/functions/exchange.ts'
import { Invocation } from '../../src/functions/invocation.ts'
import { keptBackMs, type Lease } from '../../src/functions/worker/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const limits = { responseMs: 10_000, wallMs: 20_000, requestBytes: 1_000, responseBytes: 1_000 }

/** An attempt at a worker whose function owes others, or not, and what its caller and the worker's connection are told. */
function attempted(method: string, owes: boolean) {
  const told: string[] = []
  let handler: Dispatcher.DispatchHandler = {}
  const worker = {
    owes,
    heard() {},
    ended: Promise.resolve('crashed'),
    endedUnheard: async () => true,
    dispatcher: { dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => (handler = given) },
  }
  const lease = { worker, cold: false, release: () => void told.push('released') } as unknown as Lease
  const to: Recipient = {
    head: (status) => void told.push(`head ${status}`),
    data: () => true,
    end: () => void told.push('end'),
    broken: () => void told.push('broken'),
    tell() {},
  }
  const control = {
    pause: () => void told.push('paused'),
    resume: () => void told.push('resumed'),
    abort: (reason: Error) => handler.onResponseError?.(control, reason),
  } as unknown as Dispatcher.DispatchController
  const invocation = new Invocation({ name: 'fails', trigger: 'http', id: undefined, role: undefined }, () => {})
  const call = { method, path: '/fails', headers: [], body: null }
  const attempt = new Attempt(lease, call, to, invocation, { origin: 'http://x', host: 'x', limits })
  const outcome = attempt.run()
  handler.onRequestStart?.(control, {})
  const answer = (status: number) => handler.onResponseStart?.(control, status, {}, '')
  const fail = () => handler.onResponseError?.(control, new errors.SocketError('other side closed'))
  return { attempt, outcome, answer, fail, told }
}

test.each([
  ['GET', 500, true, true],
  ['POST', 503, true, true],
  ['GET', 500, false, false],
  ['GET', 404, true, false],
  ['GET', 200, true, false],
  ['HEAD', 500, true, false],
])('%s answered %i by a function that owes (%s) is kept back: %s', async (method, status, owes, isKeptBack) => {
  const { outcome, answer, told } = attempted(method, owes)
  answer(status)
  expect(told).toEqual(isKeptBack ? ['paused'] : [`head ${status}`])
  await vi.advanceTimersByTimeAsync(keptBackMs)
  if (isKeptBack) expect(told).toEqual(['paused', `head ${status}`, 'resumed'])
  expect(await outcome).toBe(status)
})

test('who leaves meanwhile is sent nothing of it', async () => {
  const { attempt, outcome, answer, told } = attempted('GET', true)
  answer(500)
  attempt.leave()
  await vi.advanceTimersByTimeAsync(keptBackMs)
  expect(await outcome).toBe(499)
  expect(told).toEqual(['paused', 'released', 'head 499', 'end'])
})

test('an answer that came in time is not late for having been kept back', async () => {
  const { outcome, answer, told } = attempted('GET', true)
  await vi.advanceTimersByTimeAsync(limits.responseMs - 1)
  answer(500)
  await vi.advanceTimersByTimeAsync(keptBackMs)
  expect(await outcome).toBe(500)
  expect(told).toEqual(['paused', 'head 500', 'resumed'])
})

test('a call whose process ends is kept back, too, and asked of no other one, which would be twice', async () => {
  const { outcome, answer, fail, told } = attempted('GET', true)
  const refused = expect(outcome.finally(() => told.push('refused'))).rejects.toMatchObject({ code: 'WORKER_ERROR' })
  answer(500)
  fail()
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  expect(told).toEqual(['paused', 'released'])
  await refused
  expect(told).toEqual(['paused', 'released', 'refused'])
})
