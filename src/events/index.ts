export { createEvents, type Events } from './events.ts'
export type { Addresses, CallFunction, EventsOptions, Trigger } from './options.ts'
export { createOwnAddresses } from './outbound/own-addresses.ts'
export { createPublicFetch } from './outbound/public-fetch.ts'
