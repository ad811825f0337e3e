export { type Asked, createBroadcastApi } from './broadcast-api.ts'
