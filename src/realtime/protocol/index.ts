export { codecV1 } from './codec-v1.ts'
export { codecV2 } from './codec-v2.ts'
export { isDeeper, isRecord } from './json.ts'
export {
  type ClientMessage,
  type Codec,
  type Frame,
  MalformedMessage,
  type ServerMessage,
  type SharedFrame,
  SharedMessage,
  type UserBroadcast,
} from './message.ts'
