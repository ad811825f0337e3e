export { type ListOptions, listEvents } from './list.ts'
export { type ReplayOptions, replayEvents } from './replay.ts'
