export {
  authenticationOptions,
  type Credential,
  readAuthentication,
  readRegistration,
  registrationOptions,
} from './ceremonies.ts'
