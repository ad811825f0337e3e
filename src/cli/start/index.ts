export { type StartOptions, start } from './start.ts'
export { onStopSignal } from './stop-signal.ts'
