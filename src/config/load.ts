import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { serverUrl, trustedNetworks } from './address.ts'
import type { Config, DatabaseSource, ProjectPaths } from './config.ts'
import { loadEnvironment } from './environment.ts'
import { deepFreeze } from './frozen.ts'
import { findGivenKeys } from './given-keys.ts'
import { resolveKeys } from './keys.ts'
import { allowedRoles, findManaged, managedKeys } from './managed.ts'
import { readOperatorKey } from './operator-key.ts'
import { checkOptions, isOnThisMachine, isTrusted, type LoadOptions } from './options.ts'
import { readPoolSize } from './pool-size.ts'
import { projectIdOf } from './project-id.ts'
import { readSections } from './read-sections.ts'
import { selectRemote } from './remotes.ts'
import { createReport } from './report.ts'
import { resolveSections } from './resolve/index.ts'
import { readToml } from './toml.ts'

/**
 * Reads the project's configuration: options before the environment, that before `.env` files, those before
 * `supabase/config.toml`, that before the defaults. A folder without any of them is an empty project.
 *
 * Throws CONFIG_INVALID with every mistake at once, and SECRETS_REFUSED. Only when all is well are secrets made.
 *
 * @example const config = await loadConfig({ project: '.', env: process.env })
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const mode = options.production ? 'production' : 'development'
  const project = projectPaths(options)
  const environment = await loadEnvironment(options.env, project, mode)
  const variables = environment.all
  const file = await readToml(join(project.supabase, 'config.toml'), join(options.project, 'supabase/config.toml'))
  const report = createReport(file)
  await checkOptions(options, project.root, report)

  const branch = selectRemote(file.tables, variables.SUPABASE_PROJECT_ID, report)
  const sections = readSections(branch.tables, variables, report)
  const source = findManaged(environment, options.dbUrl, report)
  const host = options.host ?? '127.0.0.1'
  const port = options.port ?? sections.api.port
  const externalUrl = (sections.api.externalUrl ?? serverUrl(host, port)).replace(/\/+$/, '')
  const trusted = isTrusted(mode, host)
  const resolved = await resolveSections(sections, { project, apiUrl: externalUrl, trusted, report })
  const { signingKeys } = resolved.auth
  const given = await findGivenKeys(sections.auth, { variables, signingKeys, trusted, report })
  const rolesAllowed = allowedRoles(variables.PORTICO_ROLES, source !== undefined, report)
  const poolSize = readPoolSize(variables.PORTICO_DB_POOL, report)
  const operatorKey = readOperatorKey(variables.PORTICO_OPERATOR_KEY, report)
  const trustedProxies = trustedNetworks(variables.PORTICO_TRUSTED_PROXIES, report)
  const projectId = projectIdOf(sections.projectId, project.root, report)
  report.throwMistakes()

  const dataFolder = options.ephemeral
    ? await temporaryFolder()
    : resolve(options.data ?? join(project.root, '.portico'))
  const privateDatabase = options.dbUrl === undefined || isOnThisMachine(options.dbUrl)
  const keys = source
    ? await managedKeys(source, trusted)
    : await resolveKeys({ given, signingKeys, trusted, privateDatabase, dataFolder })
  const url = source?.databaseUrl ?? options.dbUrl
  const database: DatabaseSource =
    url === undefined ? { kind: 'embedded', port: options.dbPort ?? sections.db.port } : { kind: 'external', url }
  return deepFreeze({
    ...{ mode, projectId, project, dataFolder, ephemeral: options.ephemeral === true },
    ...{
      http: { host, port, externalUrl, trustedProxies },
      keys,
      operatorKey,
      database,
      poolSize,
      managed: source?.managed,
      rolesAllowed,
    },
    ...resolved,
    ...(options.verifyJwt === false && { verifyJwt: false }),
    ...(options.importMap !== undefined && { importMap: resolve(options.importMap) }),
    remotes: branch.remotes,
    warnings: [...report.warnings],
  } satisfies Config)
}

function projectPaths({ project, envFile }: LoadOptions): ProjectPaths {
  const root = resolve(project)
  const supabase = join(root, 'supabase')
  return {
    ...{ root, supabase, schema: join(root, 'schema'), functions: join(supabase, 'functions') },
    ...(envFile !== undefined && { secrets: resolve(envFile) }),
  }
}

/** Others may pass through it, as through a data folder: Postgres may run as another user. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portico-'))
  await chmod(folder, 0o711)
  return folder
}
