export { type InspectAllOptions, type InspectOptions, inspectAll, inspectDb } from './inspect.ts'
