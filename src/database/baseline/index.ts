export { applyBaseline } from './apply.ts'
export type { BaselineOptions } from './options.ts'
export { neededPrivileges } from './privileges.ts'
