export { type Dialer, guarded, isPublic } from './guard.ts'
export { createOwnAddresses } from './own-addresses.ts'
export { type Answer, createSend, type Outgoing, type Send, type Sender } from './send.ts'
