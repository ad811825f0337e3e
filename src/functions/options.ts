import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Observe } from '#observe'
import type { FunctionDefinition } from './definitions.ts'
import type { PlatformUrls } from './environment.ts'
import type { RawHeaders } from './exchange.ts'
import type { VerifyToken } from './jwt-gate.ts'
import type { Ledger } from './ledger/index.ts'
import type { FunctionLimits, FunctionsConfig } from './settings.ts'

export interface FunctionsOptions {
  readonly config: FunctionsConfig
  /** Checks the JWT of calls to functions with `verify_jwt`. */
  readonly verify: VerifyToken
  readonly observe: Observe
  /** Told of each invocation that has ended; `observe` is too. */
  readonly ledger?: Pick<Ledger, 'note'>
  readonly urls: PlatformUrls
  /** The keys that verify this backend's tokens, for `SUPABASE_JWKS`. */
  readonly jwks?: () => unknown
  /**
   * Set where others can reach this backend: functions, which those others may talk into fetching something, reach no
   * private network but these addresses of it.
   */
  readonly guard?: { readonly open: readonly string[] } | undefined
  /** Before those of the configuration. */
  readonly limits?: Partial<FunctionLimits>
  /** The deno binary; the installed one unless given. Where it is `undefined`, functions answer 503. */
  readonly deno?: string | undefined
}

/** What an invocation is known by afterwards. */
export interface InvocationOrigin {
  /** What started it: `http` unless said otherwise; `graphql`, `webhook`, `cron`, `queue`, `hook` … */
  readonly trigger?: string
  /** What the HTTP request is called in the log. */
  readonly id?: string | undefined
}

/** The edge functions of the project, embedded. */
export interface FunctionsService {
  /** Answers `/NAME` and everything below it, for whoever is in this process. */
  fetch(request: Request, origin?: InvocationOrigin): Promise<Response>
  /**
   * The same for `node:http`, without a detour.
   * @param path `/NAME/rest?query`
   * @param headers those of the request, with what its key means settled
   * @param id what the request is called in the log
   * @returns whether a function was called, and with it an invocation observed
   */
  handle(req: IncomingMessage, res: ServerResponse, path: string, headers: RawHeaders, id?: string): Promise<boolean>
  /** The same for a client that asks for a WebSocket. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, path: string, headers: RawHeaders): Promise<void>
  list(): readonly FunctionDefinition[]
  /** Answers requests of operators; whoever calls it has made sure that they come from one. */
  operate(request: Request): Promise<Response>
  /** Bundles every function and boots spare processes, so that first calls are quick. Meant for when all else is ready. */
  warm(): Promise<void>
  close(): Promise<void>
}
