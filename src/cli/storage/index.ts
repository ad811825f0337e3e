export { type CopyOptions, copy, type MoveOptions, move, type RemoveOptions, remove } from './change.ts'
export { type ListOptions, list } from './list.ts'
