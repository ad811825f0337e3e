export { createLimits, everyone, type LimitKind, type Limits } from './limits.ts'
