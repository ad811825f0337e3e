export type { GrantFor } from './grant.ts'
export { createTusServer, type ServeTus } from './tus-server.ts'
