export type { RestAnswer } from './answer.ts'
export { contentHeaders, type Result, respond } from './respond.ts'
