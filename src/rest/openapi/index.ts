export { createDescribe, type Describe, withRootFunction } from './describe.ts'
