import type { Config } from '#config'

/** The part of the configuration that edge functions need; `Config` is one. */
export interface FunctionsConfig extends Pick<Config, 'mode' | 'dataFolder' | 'project'> {
  readonly keys: Pick<Config['keys'], 'anonKey' | 'serviceRoleKey' | 'publishableKey' | 'secretKey'>
  /** `[functions.NAME]`; a folder without a section has the defaults. */
  readonly functions: Readonly<Record<string, FunctionSettings>>
  readonly edgeRuntime: {
    readonly enabled: boolean
    /** `per_worker`: one process serves many requests. `oneshot`, `per_request`: a fresh one for each. */
    readonly policy: 'per_worker' | 'oneshot' | 'per_request'
    readonly secrets: Readonly<Record<string, string>>
  }
}

export interface FunctionSettings {
  readonly enabled: boolean
  readonly verifyJwt: boolean
  /** Absolute, or relative to the `supabase` folder; absent or empty: found beside the function. */
  readonly importMap?: string | undefined
  readonly entrypoint?: string | undefined
  /** `[functions.NAME.env]`: variables of this function alone. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** What one function may use. The figures are Supabase's. */
export interface FunctionLimits {
  /** Memory of one process that is its own, in bytes. */
  readonly memoryBytes: number
  /** From the request to the response's headers. */
  readonly responseMs: number
  /** From the request to the response's end, and how long background work may go on. */
  readonly wallMs: number
  /** From the start of the function's module to its `Deno.serve`. */
  readonly bootMs: number
  /** How long a process without work is kept. */
  readonly idleMs: number
  /** How many booted processes without a function are kept ready. */
  readonly spares: number
}

export const defaultLimits: FunctionLimits = {
  memoryBytes: 256 * 1024 * 1024,
  responseMs: 150_000,
  wallMs: 400_000,
  bootMs: 30_000,
  idleMs: 60_000,
  spares: 2,
}
