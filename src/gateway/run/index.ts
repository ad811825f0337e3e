export { publicError } from './database-error.ts'
export { createExecutor, type ExecutorOptions } from './execute.ts'
export { createPreparer } from './prepare.ts'
