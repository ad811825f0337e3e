export { writeExtensionFolder } from './folder.ts'
export { hasStandIn, installExtension, installStandIn } from './install.ts'
export { type StandIn, standIns } from './stand-ins.ts'
