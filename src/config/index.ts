export type {
  AuthConfig,
  Config,
  DatabaseSource,
  FunctionConfig,
  Keys,
  Managed,
  ProjectPaths,
  StorageConfig,
} from './config.ts'
export type { Frozen } from './frozen.ts'
