/**
 * The composition root: `createApp(config)` starts every room, hands each the others it needs, and stops them in reverse.
 *
 * Begin at `app.ts`. `embedded-services.ts` and `managed-services.ts` are the two places where Auth, Storage and Functions
 * can come from; `backup/` copies and restores a data folder. Tests: `test/app`, and whole backends in `test/acceptance`.
 */
export { type App, type AppOptions, createApp } from './app.ts'
export { type Attachment, attachmentOf } from './attachment.ts'
export { type BackedUp, backUp, restore } from './backup/index.ts'
export { applyPlatform, buildDatabase, type OpenDatabase, openDatabase, projectOptions } from './database.ts'
export { administeredConnections, managedConnections } from './external-connections.ts'
export { createFunctionsApp } from './functions-app.ts'
export { printSchema } from './print-schema.ts'
export { resetProject } from './reset.ts'
export { seedProjectBuckets } from './seed-buckets.ts'
export { signToken } from './sign-token.ts'
