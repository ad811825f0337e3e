export { beginSso } from './begin.ts'
export { type FinishedSso, finishSso } from './finish.ts'
export {
  createSsoProvider,
  deleteSsoProvider,
  updateSsoProvider,
} from './manage-providers.ts'
export { presentSsoProvider } from './present-provider.ts'
export { listSsoProviders, requireSsoProvider } from './providers.ts'
export { createSsoMetadata, type SsoMetadata } from './sso-metadata.ts'
