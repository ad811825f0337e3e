export { newTest } from './new-test.ts'
export { type TestDbOptions, testDb } from './test-db.ts'
