export { type CompiledPlan, type CompiledStatement, columns, compilePlan } from './compile.ts'
export { readMark } from './marks.ts'
export { bind } from './parameter.ts'
