import { createThirdParty, type ThirdParty } from '#auth'
import type { Config } from '#config'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'

interface OpenThirdParty {
  /** Undefined where the project has none. */
  readonly keys: ThirdParty | undefined
  /** Looks at its keys before the first token comes, and tells where they cannot be had. */
  warm(): Promise<void>
}

/** The identity service of `[auth.third_party]`, whose tokens are good at every door but Auth's own, as at Supabase. */
export function openThirdParty({ auth: { thirdParty: config } }: Config, observe: Observe): OpenThirdParty {
  const keys = config && createThirdParty({ config })
  return {
    keys,
    async warm() {
      await keys?.refresh().catch((error: Error) => {
        const text = `The keys of [auth.third_party.${config?.name}] cannot be had yet: ${errorMessage(error.cause)}`
        observe({ kind: 'message', level: 'warn', text })
      })
    },
  }
}
