export type { Config, DatabaseSource, Keys, Managed, ProjectPaths } from './config.ts'
