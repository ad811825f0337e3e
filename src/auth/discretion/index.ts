export { createDiscretion, type Discretion } from './discretion.ts'
