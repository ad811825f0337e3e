export type { RestAnswer } from './answer.ts'
export { preferenceApplied } from './preference-applied.ts'
export { contentHeaders, type Result, respond } from './respond.ts'
