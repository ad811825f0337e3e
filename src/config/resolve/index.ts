import type { Config, GraphqlConfig, ProjectPaths } from '../config.ts'
import type { Frozen } from '../frozen.ts'
import type { Report } from '../report.ts'
import type { Sections } from '../sections/index.ts'
import { resolveAuth } from './auth.ts'
import { absolute } from './paths.ts'

export { loadSigningKeys } from './signing-keys.ts'

type ResolvedSections = Pick<
  Config,
  | 'api'
  | 'db'
  | 'auth'
  | 'storage'
  | 'edgeRuntime'
  | 'functions'
  | 'graphql'
  | 'realtime'
  | 'inbucket'
  | 'studio'
  | 'analytics'
  | 'experimental'
>

/** The sections as the rooms want them: paths absolute, files read, one value derived from another. */
export async function resolveSections(
  sections: Sections,
  context: { project: ProjectPaths; apiUrl: string; trusted: boolean; report: Report },
): Promise<ResolvedSections> {
  const { realtime, localSmtp, studio, analytics, experimental } = sections
  const inSupabase = (path: string) => absolute(context.project.supabase, path)
  return {
    ...{ realtime, inbucket: localSmtp, studio, analytics, experimental },
    api: resolveApi(sections.api, inSupabase),
    db: resolveDb(sections.db, inSupabase),
    auth: await resolveAuth(sections.auth, context),
    storage: resolveStorage(sections.storage, inSupabase),
    edgeRuntime: resolveEdgeRuntime(sections.edgeRuntime),
    functions: resolveFunctions(sections.functions, inSupabase),
    graphql: resolveGraphql(sections.graphql, inSupabase, context.trusted),
  }
}

type InSupabase = (path: string) => string

function resolveApi(api: Sections['api'], inSupabase: InSupabase): Frozen<Sections['api']> {
  const { certPath, keyPath } = api.tls
  return {
    ...api,
    tls: { ...api.tls, certPath: certPath && inSupabase(certPath), keyPath: keyPath && inSupabase(keyPath) },
  }
}

function resolveDb(db: Sections['db'], inSupabase: InSupabase): Frozen<Sections['db']> {
  return {
    ...db,
    migrations: { ...db.migrations, schemaPaths: db.migrations.schemaPaths.map(inSupabase) },
    seed: { ...db.seed, sqlPaths: db.seed.sqlPaths.map(inSupabase) },
  }
}

function resolveStorage({ buckets, ...storage }: Sections['storage'], inSupabase: InSupabase): Config['storage'] {
  return {
    ...storage,
    buckets: mapValues(buckets, (bucket) => ({
      ...bucket,
      fileSizeLimit: bucket.fileSizeLimit || storage.fileSizeLimit,
      objectsPath: bucket.objectsPath && inSupabase(bucket.objectsPath),
    })),
  }
}

/** Supabase's CLI upper-cases the names of secrets. */
function resolveEdgeRuntime(edgeRuntime: Sections['edgeRuntime']): Config['edgeRuntime'] {
  const secrets = Object.entries(edgeRuntime.secrets).map(([name, value]) => [name.toUpperCase(), value])
  return { ...edgeRuntime, secrets: Object.fromEntries(secrets) }
}

function resolveFunctions(functions: Sections['functions'], inSupabase: InSupabase): Config['functions'] {
  return mapValues(functions, (settings) => ({
    ...settings,
    entrypoint: settings.entrypoint && inSupabase(settings.entrypoint),
    importMap: settings.importMap && inSupabase(settings.importMap),
    staticFiles: settings.staticFiles.map(inSupabase),
  }))
}

/** @param trusted development on loopback: nobody else reads the schema there. */
function resolveGraphql(graphql: Sections['graphql'], inSupabase: InSupabase, trusted: boolean): GraphqlConfig {
  const { introspection = trusted, trustedDocuments } = graphql
  return { ...graphql, introspection, trustedDocuments: trustedDocuments && inSupabase(trustedDocuments) }
}

function mapValues<From, To>(table: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]))
}
