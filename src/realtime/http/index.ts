export { createBroadcastApi } from './broadcast-api.ts'
