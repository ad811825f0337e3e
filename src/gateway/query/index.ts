export { atMostMark } from './changes.ts'
export { type CompiledOperation, type CompiledStatement, compileOperation } from './compile.ts'
export { bind, cellsOf, type Parameter } from './parameter.ts'
export { refusalIn } from './refuse.ts'
