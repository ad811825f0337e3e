import type { Bundle, Bundles } from './bundle/index.ts'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import type { Deployment, Deployments } from './deployments/index.ts'
import type { FunctionsConfig } from './settings.ts'

/** Bundles, of which some are known without a look at any file. */
export interface KnownBundles extends Bundles {
  known(definition: FunctionDefinition): Bundle | undefined
}

/** Which functions there are, and where their code comes from: the project folder, or what was deployed since. */
export interface Sources extends KnownBundles {
  find(name: string): Promise<FunctionDefinition | undefined>
  /** One that was found before and is the same still, without a look at any file. */
  found(name: string): FunctionDefinition | undefined
  all(): ReadonlyMap<string, FunctionDefinition>
  /** The deployed version that serves; undefined where the project folder does. */
  deployed(name: string): Promise<Deployment | undefined>
  /** What the folder has of a function now, for telling later whether it has changed. */
  state(name: string): Promise<string | undefined>
}

/**
 * The newer one serves: a deployed version, until the function's folder (its code, or its `verify_jwt`) is changed again.
 * In development the folder is looked at again each time, so that a new function and an edit are there at once.
 */
export function createSources(config: FunctionsConfig, bundles: Bundles, deployments: Deployments): Sources {
  const development = config.mode === 'development'
  /** What a function was found to be, which holds until it is deployed again: in production no folder changes. */
  const definitions = new Map<
    string,
    { readonly since: Deployment | undefined; readonly definition: FunctionDefinition }
  >()
  const served = new Map<string, { readonly since: Deployment | undefined; readonly bundle: Bundle }>()
  const atStart = findFunctions(config)
  const inFolder = (name: string) => (development ? findFunction(name, config) : atStart.get(name))

  async function state(name: string): Promise<string | undefined> {
    const own = inFolder(name)
    return own && `${(await bundles.get(own)).version} ${own.verifyJwt}`
  }

  async function deployed(name: string): Promise<Deployment | undefined> {
    const current = deployments.current(name)
    if (current === undefined) return undefined
    // A folder that does not compile serves nobody; in development its mistakes are what its author wants to see.
    const now = development ? state(name) : state(name).catch(() => current.replaces)
    return (await now) === current.replaces || inFolder(name) === undefined ? current : undefined
  }

  function deployedDefinition(name: string): FunctionDefinition {
    const settings = Object.hasOwn(config.functions, name) ? config.functions[name] : undefined
    const { allowedHosts = [], env = {} } = settings ?? {}
    const nothing = { entrypoint: '', importMap: undefined, staticFiles: [], verifyJwt: true }
    return { name, ...nothing, allowedHosts, env }
  }

  async function find(name: string): Promise<FunctionDefinition | undefined> {
    const own = inFolder(name)
    if (deployments.current(name) === undefined) return own
    const version = await deployed(name).catch(() => undefined)
    return version ? { ...(own ?? deployedDefinition(name)), verifyJwt: version.verifyJwt } : own
  }

  function found(name: string): FunctionDefinition | undefined {
    const known = definitions.get(name)
    return known && known.since === deployments.current(name) ? known.definition : undefined
  }

  return {
    state,
    deployed,
    found,
    async find(name) {
      const since = deployments.current(name)
      const definition = found(name) ?? (await find(name))
      if (definition && !development) definitions.set(name, { since, definition })
      return definition
    },
    all() {
      const own = development ? findFunctions(config) : atStart
      const others = deployments.names().filter((name) => !own.has(name))
      return new Map([...own, ...others.map((name) => [name, deployedDefinition(name)] as const)])
    },
    known({ name }) {
      const known = served.get(name)
      return known && known.since === deployments.current(name) ? known.bundle : undefined
    },
    async get(definition): Promise<Bundle> {
      const { name } = definition
      const since = deployments.current(name)
      const bundle = (await deployed(name))?.bundle ?? (await bundles.get(definition))
      if (!development) served.set(name, { since, bundle })
      return bundle
    },
  }
}
