import { randomUUID } from 'node:crypto'
import type { Observe } from '#observe'
import { createTurns } from '#turns'
import { AuthError } from '../auth-error.ts'
import type { Clock } from '../clock.ts'
import type { ClientInfo } from '../context.ts'
import { type AuthDatabase, databaseErrorFacts, maximumConnections } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { callFunction } from './function-hook.ts'
import { readAnswer } from './hook-answer.ts'
import { type HookTarget, readTarget } from './hook-target.ts'
import { callAddress, type HookCarrier } from './http-hook.ts'

/** The points at which Auth asks the project's own code, by the name that the code is told. */
const names = {
  customAccessToken: 'customize-access-token',
  beforeUserCreated: 'before-user-created',
  afterUserCreated: 'after-user-created',
  sendEmail: 'send-email',
  sendSms: 'send-sms',
  mfaVerificationAttempt: 'mfa-verification',
  passwordVerificationAttempt: 'password-verification',
} as const

export type HookName = keyof typeof names

/** `[auth.hook.*]` */
export type HookConfig = {
  readonly [name in HookName]?:
    | { readonly enabled: boolean; readonly uri: string; readonly secrets?: string | undefined }
    | undefined
}

export interface Hooks {
  has(name: HookName): boolean
  /**
   * Does work that asks a hook while it holds a connection of the database. Where the hook is an address only few do so
   * at once: it may take seconds, and ask this service something itself.
   */
  inTurn<T>(name: HookName, work: () => Promise<T>): Promise<T>
  /**
   * Asks a hook and answers the fields it answered; none where there is no such hook. Throws when the hook refuses or
   * fails: whoever asks must fail with it.
   *
   * @param db a transaction, so that a function of the database sees what it wrote and is undone with it
   */
  ask(
    name: HookName,
    question: { readonly input: JsonObject; readonly client: ClientInfo; readonly db?: AuthDatabase },
  ): Promise<JsonObject>
}

/** Reads the project's hooks. Throws `CONFIG_INVALID` for one that is nowhere. */
export function createHooks(
  config: HookConfig,
  { db, clock, observe, carrier }: { db: AuthDatabase; clock: Clock; observe: Observe; carrier: HookCarrier },
): Hooks {
  const targets = new Map<HookName, HookTarget>()
  for (const name of Object.keys(names) as HookName[]) {
    const hook = config[name]
    if (hook?.enabled) targets.set(name, readTarget(name, hook))
  }

  const turns = createTurns(maximumConnections / 2, {
    most: 500,
    full: () => new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached'),
  })

  async function call(target: HookTarget, input: JsonObject, trx: AuthDatabase): Promise<unknown> {
    return target.kind === 'http' ? await callAddress(carrier, target, input) : await callFunction(trx, target, input)
  }

  return {
    has: (name) => targets.has(name),
    inTurn: (name, work) => (targets.get(name)?.kind === 'http' ? turns(work) : work()),
    async ask(name, { input, client, db: trx = db }) {
      const target = targets.get(name)
      if (!target) return {}
      const metadata = {
        uuid: randomUUID(),
        time: clock().toISOString(),
        name: names[name],
        ip_address: client.ip ?? '',
      }
      try {
        return readAnswer(await call(target, { metadata, ...input }, trx))
      } catch (error) {
        const facts = databaseErrorFacts(error) ?? { error: error instanceof AuthError ? error.message : String(error) }
        observe({
          kind: 'message',
          level: 'warn',
          text: `the ${names[name]} hook failed the request`,
          data: { ...facts },
        })
        if (error instanceof AuthError) throw error
        const message = `Error running hook URI: ${addressOf(target)}`
        throw new AuthError(500, 'unexpected_failure', message, { cause: error })
      }
    },
  }
}

/** Never with what an address may hold beside its path: a user, a query. */
function addressOf(target: HookTarget): string {
  if (target.kind === 'function') return `pg-functions://postgres/${target.schema}/${target.name}`
  const { origin, pathname } = new URL(target.url)
  return origin + pathname
}
