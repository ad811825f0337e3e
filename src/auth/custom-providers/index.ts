export { createDiscovery, type Discovery } from './discovery.ts'
export {
  createCustomProvider,
  deleteCustomProvider,
  listCustomProviders,
  readCustomProvider,
  updateCustomProvider,
} from './manage-providers.ts'
export { presentCustomProvider } from './present-provider.ts'
export { createPublicNetwork, type PublicNetwork, type Resolve } from './public-network.ts'
export { isCustomProvider, requireCustomProvider, requireIdTokenProvider } from './require-provider.ts'
