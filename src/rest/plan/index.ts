export { type Inputs, inputsOf } from './inputs.ts'
export type * from './plan.ts'
export { planRequest } from './plan-request.ts'
