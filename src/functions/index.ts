export type { FunctionDefinition } from './definitions.ts'
export { createFunctions, type FunctionsOptions, type FunctionsService } from './functions.ts'
