export { type CompiledPlan, type CompiledStatement, compilePlan } from './compile.ts'
export { readMark } from './marks.ts'
export { bind } from './parameter.ts'
