import { z } from 'zod'
import { api } from './api.ts'
import { auth } from './auth/index.ts'
import { db } from './db.ts'
import { edgeRuntime } from './edge-runtime.ts'
import { functions } from './functions.ts'
import { graphql } from './graphql.ts'
import { realtime } from './realtime.ts'
import { analytics, experimental, inbucket, studio } from './services.ts'
import { storage } from './storage.ts'
import { optionalText } from './values.ts'

export { isSecret } from './values.ts'

/** `supabase/config.toml`, but for `[remotes]`. */
export const sections = z.object({
  projectId: optionalText().describe("Tells projects apart; absent: the folder's name."),
  api,
  db,
  realtime,
  studio,
  localSmtp: inbucket,
  storage,
  auth,
  edgeRuntime,
  functions,
  graphql,
  analytics,
  experimental,
})

/** Every section with its defaults, as written in the file: paths are relative still. */
export type Sections = z.output<typeof sections>

/** `[graphql]` where the file says nothing. */
export const graphqlDefaults = graphql.parse({})
