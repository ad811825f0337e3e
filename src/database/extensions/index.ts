export { writeExtensionFolder } from './folder.ts'
export { installExtension, installStandIn } from './install.ts'
export { type StandIn, standIns } from './stand-ins.ts'
