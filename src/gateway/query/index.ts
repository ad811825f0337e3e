export { atMostMark } from './changes.ts'
export { type CompiledOperation, type CompiledStatement, compileOperation } from './compile.ts'
export { bind, type Parameter } from './parameter.ts'
