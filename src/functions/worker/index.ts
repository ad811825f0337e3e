export { locateDeno } from './locate-deno.ts'
export type { Lease, Runner } from './runner.ts'
export { createRuntime, type Runtime } from './runtime.ts'
export type { Work } from './work.ts'
