export {
  type ListSecretsOptions,
  listSecrets,
  type SetSecretsOptions,
  setSecrets,
  unsetSecrets,
} from './secrets.ts'
