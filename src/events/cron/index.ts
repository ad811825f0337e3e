export { createJobRunner, jobsAtOnce } from './run-job.ts'
export { type Scheduler, startScheduler } from './scheduler.ts'
