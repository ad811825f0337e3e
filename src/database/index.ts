export type { Caller, Claims, RequestInfo } from './caller.ts'
export { type CallerPool, type CallerPoolOptions, createCallerPool, type Statement } from './callers/index.ts'
export type { Connections, LoginRole } from './connections.ts'
