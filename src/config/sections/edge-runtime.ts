import { z } from 'zod'
import { choice, count, duration, flag, named, port, secretEntry, size, table } from './values.ts'

const denoExpected = { error: 'a Deno version: 1 or 2' }
const policies = ['per_worker', 'oneshot', 'per_request'] as const

/** `[edge_runtime]`: how edge functions run. Supabase's limits are the defaults; `[functions.NAME]` may have its own. */
export const edgeRuntime = table({
  enabled: flag(true).describe('Serve edge functions.'),
  policy: choice(policies, 'per_worker').describe(
    'How a process serves requests: many at a time, one in its life, or one after the other.',
  ),
  inspectorPort: port(8083),
  denoVersion: z.number(denoExpected).min(1, denoExpected).max(2, denoExpected).int(denoExpected).default(2),
  secrets: named(secretEntry()).describe('Environment of every function; names are upper-cased.'),
  memoryLimit: size('256MiB').describe('Memory of one process.'),
  temporaryStorage: size('256MiB').describe('Files of one process, in /tmp.'),
  cpuSoftLimit: duration('1s').describe('Processor time of an invocation after which its process takes no more.'),
  cpuHardLimit: duration('2s').describe('Processor time of an invocation after which its process is ended.'),
  wallClockLimit: duration('400s').describe("From a request to the end of its response's body or background work."),
  responseTimeout: duration('150s').describe('From a request to its response.'),
  maxRequestSize: size('50MiB'),
  maxResponseSize: size('50MiB'),
  maxWorkers: count(8, { min: 1, max: 1000 }).describe('Processes of one function.'),
  workerConcurrency: count(100, { min: 1, max: 10_000 }).describe('Requests of one process at a time.'),
  queueTimeout: duration('5s').describe('How long a request waits for a process when all are busy.'),
  idleTimeout: duration('60s').describe('How long a process without work is kept.'),
  spareWorkers: count(2, { max: 16 }).describe('Booted processes that wait for a function.'),
})
