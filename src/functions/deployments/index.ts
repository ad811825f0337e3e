export { type Deployment, type Deployments, openDeployments } from './deployments.ts'
export { type FunctionPackage, packageShape, packFunction } from './package.ts'
