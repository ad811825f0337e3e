export { createEndpoint, type Upgrade } from './endpoint.ts'
