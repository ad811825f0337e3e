export { type StatusOptions, status } from './status.ts'
export { stop } from './stop.ts'
