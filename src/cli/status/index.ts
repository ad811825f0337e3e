export { type StatusOptions, status } from './status.ts'
export { type StopOptions, stop } from './stop.ts'
