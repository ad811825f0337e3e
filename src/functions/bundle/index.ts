export type { Bundle } from './build.ts'
export { type Bundles, createBundles } from './bundles.ts'
