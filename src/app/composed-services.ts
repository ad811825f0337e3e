import type { Config } from '#config'
import type { ComposedService } from '#gateway'

/** The services whose fields GraphQL has: those that config.toml does not switch off. */
export function composedServices({ auth, storage, edgeRuntime }: Config): readonly ComposedService[] {
  return [
    ...(auth.enabled ? ['auth' as const] : []),
    ...(storage.enabled ? ['storage' as const] : []),
    ...(edgeRuntime.enabled ? ['functions' as const] : []),
  ]
}
