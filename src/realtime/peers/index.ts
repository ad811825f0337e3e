export type { PeerMessage, Present, Presented } from './message.ts'
export { createPeers, noPeers, type Peers } from './peers.ts'
export type { Hears } from './session.ts'
