/**
 * Edge functions: each in Deno processes of its own, within Supabase's limits, metered from outside.
 *
 * Words: a *worker* is one process that serves one function; a *zygote* is a process that is booted and has no function yet; the
 * *runner* of a function decides which worker serves a call, and lends it for that time (*lease*); *debt* is what a function has
 * taken of the processors beyond its share; a *rehearsal* is what a zygote does meanwhile, so that the first call is not the slow one.
 *
 * Begin at `functions.ts`; `invoke.ts` is the way of one call. `bundle/` makes one file of a function's sources and imports;
 * `worker/` starts, watches and ends the processes; `deno/` is what runs inside them before the function does;
 * `deployments/` switches between versions; `ledger/` counts what each used. Tests: `test/functions`.
 */
export { type FunctionDefinition, findFunctions, functionName } from './definitions.ts'
export { type FunctionPackage, packFunction } from './deployments/index.ts'
export { createFunctions } from './functions.ts'
export { createLedger } from './ledger/index.ts'
export type { LogLine } from './log-tail.ts'
export type { FunctionStatus } from './operate.ts'
export type { FunctionsOptions, FunctionsService } from './options.ts'
