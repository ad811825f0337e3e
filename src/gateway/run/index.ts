export { publicError } from './database-error.ts'
export { createExecutor } from './execute.ts'
export { createLane, type LaneRequest } from './lane.ts'
export { createPreparer } from './prepare.ts'
