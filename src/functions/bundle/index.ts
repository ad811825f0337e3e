export { adaptedModules } from './adapted-modules.ts'
export { type Bundle, buildFunction } from './build.ts'
export { type Bundles, createBundles } from './bundles.ts'
export { filesBelow } from './static-files.ts'
