export type * from './plan.ts'
export { type PlanSettings, planRequest } from './plan-request.ts'
