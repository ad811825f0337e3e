import type { GraphiQLOptions } from 'graphql-yoga'

const example = `# Portico: one API over your tables, Auth, Storage and edge functions.
# Sign in, then put the access token below, under Headers, as "Authorization": "Bearer …".

mutation SignIn {
  signInWithPassword(email: "ada@example.com", password: "photograph") {
    session { accessToken }
    user { id email }
  }
}

query Viewer {
  viewer { id email appMetadata }
}
`

/** The editor starts with an example that runs, and with the headers that a client sends. */
export function graphiqlOptions(publishableKey: string): GraphiQLOptions {
  return {
    title: 'Portico',
    defaultQuery: example,
    headers: JSON.stringify({ apikey: publishableKey }, undefined, 2),
    shouldPersistHeaders: true,
  }
}

/** GraphiQL with all its parts inlined: nothing comes from a CDN. Loaded with the first visit, since it weighs 9 MB. */
export async function renderGraphiql(options?: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL(options)
}
