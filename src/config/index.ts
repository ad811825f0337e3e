export { countedAs, isLoopback, serverUrl } from './address.ts'
export type {
  AuthConfig,
  BucketConfig,
  Config,
  DatabaseSource,
  FunctionConfig,
  GraphqlConfig,
  Keys,
  Managed,
  ProjectPaths,
  StorageConfig,
} from './config.ts'
export { parseDotenv } from './dotenv.ts'
export { deepFreeze, type Frozen } from './frozen.ts'
export { listeningOn } from './listening.ts'
export { loadConfig } from './load.ts'
export { notHonoured } from './not-honoured.ts'
export type { LoadOptions } from './options.ts'
export { rereadSigningKeys } from './reread-signing-keys.ts'
export { graphqlDefaults } from './sections/index.ts'
