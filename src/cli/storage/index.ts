export { type CopyOptions, copy, move, type RemoveOptions, remove } from './change.ts'
export { type ListOptions, list } from './list.ts'
