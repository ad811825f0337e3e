import { bitbucket, github, gitlab } from './code-hosts.ts'
import type { OAuthDefinition } from './definition.ts'
import { discord, facebook, kakao, snapchat, spotify, twitch, x } from './social.ts'
import { figma, fly, notion, workos, zoom } from './work.ts'

export type { OAuthDefinition, OwnTerms } from './definition.ts'

/** Providers with an API of their own, by name; `own` is the project's own address of one that may run anywhere. */
export const apis: Readonly<Record<string, (own: string | undefined) => OAuthDefinition>> = {
  ...{ github, gitlab, bitbucket },
  ...{ x, twitch, spotify, snapchat, kakao, discord, facebook },
  ...{ notion, zoom, workos, figma, fly },
}
