export { type Answer, createSend, type Send, type Sender } from './send.ts'
