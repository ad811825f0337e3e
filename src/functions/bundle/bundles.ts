import type { FunctionDefinition } from '../definitions.ts'
import { Refusal } from '../refusals.ts'
import { type Build, type BuildContext, type Bundle, buildFunction } from './build.ts'
import { signatureOf } from './inputs.ts'

export interface Bundles {
  /**
   * The function's current bundle, built when needed. With hot reload, an edit made before the call is in it.
   * @throws {Refusal} BOOT_ERROR with the bundler's diagnostics; it is not built again until a file changes
   */
  get(definition: FunctionDefinition): Promise<Bundle>
}

export interface BundlesOptions extends BuildContext {
  readonly hotReload: boolean
  /** Told once of each build that failed. */
  readonly failed: (name: string, diagnostics: string) => void
}

/** One up-to-date bundle a function. */
export function createBundles({ hotReload, failed, ...context }: BundlesOptions): Bundles {
  const builds = new Map<string, Promise<Build>>()

  async function currentBuild(definition: FunctionDefinition): Promise<Build> {
    const known = builds.get(definition.name)
    const build = await known
    if (build !== undefined && (!hotReload || signatureOf(build.files) === build.signature)) return build
    // Of several calls that see the same edit, the first builds and the others wait for it.
    const newer = builds.get(definition.name)
    if (newer !== undefined && newer !== known) return currentBuild(definition)
    const started = buildFunction(definition, context)
    builds.set(definition.name, started)
    started.then(
      ({ outcome }) => outcome.ok || failed(definition.name, outcome.diagnostics),
      () => builds.delete(definition.name),
    )
    return started
  }

  return {
    async get(definition) {
      const { outcome } = await currentBuild(definition)
      if (outcome.ok) return outcome.bundle
      throw new Refusal('BOOT_ERROR', { details: outcome.diagnostics })
    },
  }
}
