export { readMessage } from './read-message.ts'
export { readStream } from './read-stream.ts'
