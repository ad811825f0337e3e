export { nobody, recordEvent } from './record-event.ts'
