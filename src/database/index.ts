export type { Caller, Claims, RequestInfo } from './caller.ts'
export type { Connections, LoginRole } from './connections.ts'
