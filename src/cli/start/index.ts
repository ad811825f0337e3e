export { type StartOptions, start } from './start.ts'
