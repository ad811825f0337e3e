/** Reads whole bodies of requests and answers, never more of them than a limit. Tests: by the rooms that use it. */
export { readMessage } from './read-message.ts'
export { readStream } from './read-stream.ts'
