export { beginAuthorization, supportedScopes } from './authorize.ts'
export { clientBody } from './client-request.ts'
export {
  type Client,
  deleteClient,
  findClient,
  listClients,
  presentClient,
  regenerateSecret,
  registerClient,
  updateClient,
} from './clients.ts'
export { decideAuthorization, listGrants, revokeGrant, showAuthorization } from './consent.ts'
export { type ClientProof, grantTokens, requireClient } from './grant-tokens.ts'
export { userInfo } from './user-info.ts'
