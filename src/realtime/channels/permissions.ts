import type { Bearer } from '../token.ts'
import type { Asking, Authorizer } from './authorizer.ts'
import type { Extension } from './hub.ts'

/** The channel ends, or there is none, and its client is told why. */
export class Denied extends Error {
  override readonly name = 'Denied'
}

/** What one may do in a channel. Asked once for each token, and to speak when somebody wants to for the first time. */
export interface Permissions {
  readonly bearer: Bearer
  /** What it was asked for whether it may be heard. */
  readonly asked: readonly Extension[]
  mayHear(extension: Extension): boolean
  maySpeak(extension: Extension): Promise<boolean>
  /** Presence was not asked for at the join, and now is. */
  alsoHear(extension: Extension): Promise<void>
}

/** In a public channel everybody may do everything. */
export function publicPermissions(bearer: Bearer): Permissions {
  return { bearer, asked: [], mayHear: () => true, maySpeak: async () => true, alsoHear: async () => {} }
}

export async function privatePermissions(
  authorizer: Authorizer,
  bearer: Bearer,
  asking: Omit<Asking, 'caller'>,
  extensions: readonly Extension[],
): Promise<Permissions> {
  const asked = { ...asking, caller: bearer.caller }
  const heard = new Set(await authorizer.mayHear(asked, extensions))
  const known = new Set(extensions)
  const spoken = new Map<Extension, boolean>()
  return {
    bearer,
    get asked() {
      return [...known]
    },
    mayHear: (extension) => heard.has(extension),
    async maySpeak(extension) {
      const before = spoken.get(extension)
      if (before !== undefined) return before
      const may = await authorizer.maySpeak(asked, extension)
      spoken.set(extension, may)
      return may
    },
    async alsoHear(extension) {
      if (known.has(extension)) return
      if ((await authorizer.mayHear(asked, [extension])).has(extension)) heard.add(extension)
      known.add(extension)
    },
  }
}
