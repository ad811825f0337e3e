import { z } from 'zod'
import { choice, flag, named, port, secretEntry, table } from './values.ts'

const denoExpected = { error: 'a Deno version: 1 or 2' }

/** `[edge_runtime]`: how edge functions run. */
export const edgeRuntime = table({
  enabled: flag(true).describe('Serve edge functions.'),
  policy: choice(['per_worker', 'oneshot'], 'per_worker').describe('Whether a process serves many requests or one.'),
  inspectorPort: port(8083),
  denoVersion: z.number(denoExpected).min(1, denoExpected).max(2, denoExpected).int(denoExpected).default(2),
  secrets: named(secretEntry()).describe('Environment of every function; names are upper-cased.'),
})
