/**
 * The configuration: `supabase/config.toml` and the environment, checked, as one frozen {@link Config}.
 *
 * Begin at `load.ts`. A section of config.toml has its file in `sections/`, where default stands beside description;
 * `checks/` says what cannot be, across sections; `resolve/` makes of a section what the rest of Portico takes.
 * No other room reads the environment. Tests: `test/config`, and the printed configuration in `test/golden/config`.
 */
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
export { editDotenv } from './dotenv-edit.ts'
export { deepFreeze, type Frozen } from './frozen.ts'
export { listeningOn } from './listening.ts'
export { loadConfig } from './load.ts'
export { notHonoured } from './not-honoured.ts'
export type { LoadOptions } from './options.ts'
export { rereadSigningKeys } from './reread-signing-keys.ts'
export { graphqlDefaults } from './sections/index.ts'
