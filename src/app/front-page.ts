import type { Config } from '#config'
import type { HolderFacts } from '#database'
import { frontPage } from '#http'

const links = [
  ['GraphQL', 'GRAPHQL_URL', 'GraphiQL, in a browser'],
  ['Data API', 'REST_URL', 'tables and functions of SQL, for <code>supabase.from()</code> and <code>rpc()</code>'],
  ['Auth', 'AUTH_URL', 'which ways to sign in there are'],
  ['Functions', 'FUNCTIONS_URL', 'each folder of <code>supabase/functions</code>, below its name'],
  ['Mail', 'INBUCKET_URL', 'what was sent to anybody'],
  ['Health', 'HEALTH_URL', 'whether every part does its work'],
] as const

/** For people in development; clients ask for what they know. */
export function frontPageOf(config: Config, facts: HolderFacts): string | undefined {
  if (config.mode !== 'development') return undefined
  const url = config.http.externalUrl
  const known: HolderFacts = { ...facts, AUTH_URL: `${url}/auth/v1/settings`, HEALTH_URL: `${url}/health` }
  return frontPage(
    links.flatMap(([name, fact, what]) => {
      const url = known[fact]
      return url === undefined ? [] : [{ name, url, what }]
    }),
  )
}
