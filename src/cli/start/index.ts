export { startDetached } from './detach.ts'
export { type StartOptions, start } from './start.ts'
export { onStopSignal } from './stop-signal.ts'
