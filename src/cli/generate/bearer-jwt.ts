import { attachmentOf, signToken } from '#app'
import { loadConfig } from '#config'
import { readHolder } from '#database'
import { PorticoError } from '#errors'
import { dataFolderOf } from '../data-folder.ts'
import type { ProjectOptions } from '../options.ts'

export interface BearerJwtOptions extends ProjectOptions {
  readonly role: string
  readonly sub?: string
  /** Seconds since 1970; instead of `validFor`. */
  readonly exp?: number
  /** Seconds. */
  readonly validFor: number
  /** More claims; none that an option gives. */
  readonly payload: Readonly<Record<string, unknown>>
}

/** Prints a token that the project's backend takes, signed with its key as Auth signs; there is no session behind it. */
export async function genBearerJwt(options: BearerJwtOptions): Promise<void> {
  const { role, sub, exp, validFor, payload, ...project } = options
  const holder = readHolder(dataFolderOf(project))
  // Keys may depend on how the backend was started.
  const { options: startedWith } = (holder && attachmentOf(holder)) ?? {}
  const config = await loadConfig({ ...project, ...startedWith, env: process.env })
  if (config.managed) {
    throw new PorticoError('CONFIG_INVALID', {
      message: 'The keys of a Supabase elsewhere are its own: it signs tokens.',
    })
  }
  const now = Math.floor(Date.now() / 1000)
  const given = { role, iat: now, exp: exp ?? now + validFor, ...(sub !== undefined && { sub }) }
  console.log(await signToken(config, { ...payload, ...given }))
}
