import type { Config } from '#config'

/** The part of the configuration that edge functions need; `Config` is one. */
export interface FunctionsConfig extends Pick<Config, 'mode' | 'dataFolder' | 'project' | 'verifyJwt' | 'importMap'> {
  readonly http: Pick<Config['http'], 'host' | 'externalUrl'>
  readonly keys: Pick<Config['keys'], 'anonKey' | 'serviceRoleKey' | 'publishableKey' | 'secretKey'>
  /** `[functions.NAME]`; a folder without a section has the defaults. */
  readonly functions: Readonly<Record<string, FunctionSettings>>
  readonly edgeRuntime: { readonly enabled: boolean; readonly secrets: Readonly<Record<string, string>> } & Pick<
    Config['edgeRuntime'],
    'policy'
  > &
    Partial<LimitSettings>
}

/** Limits as config.toml has them: for all functions in `[edge_runtime]`, for one in `[functions.NAME]`. */
type LimitSettings = Pick<
  Config['edgeRuntime'],
  | 'memoryLimit'
  | 'cpuSoftLimit'
  | 'cpuHardLimit'
  | 'wallClockLimit'
  | 'responseTimeout'
  | 'temporaryStorage'
  | 'maxRequestSize'
  | 'maxResponseSize'
  | 'maxWorkers'
  | 'workerConcurrency'
  | 'queueTimeout'
  | 'idleTimeout'
  | 'spareWorkers'
>

export interface FunctionSettings extends Partial<{ [Key in keyof LimitSettings]: LimitSettings[Key] | undefined }> {
  readonly enabled: boolean
  readonly verifyJwt: boolean
  /** Absolute, or relative to the `supabase` folder; absent or empty: found beside the function. */
  readonly importMap?: string | undefined
  readonly entrypoint?: string | undefined
  /** Glob patterns of files that the function may read; relative to the `supabase` folder. */
  readonly staticFiles?: readonly string[] | undefined
  /** Hosts of private networks that the function may reach though the network is guarded. */
  readonly allowedHosts?: readonly string[] | undefined
  /** `[functions.NAME.env]`: variables of this function alone. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** What one function may use. The figures are Supabase's where it has them. */
export interface FunctionLimits {
  /** Memory of one process that is its own, in bytes. */
  readonly memoryBytes: number
  /** Files in `/tmp` of one process, in bytes. */
  readonly temporaryBytes: number
  /** Processor time of one invocation after which its process takes no further ones. */
  readonly cpuSoftMs: number
  /** Processor time of one invocation after which its process is ended. */
  readonly cpuHardMs: number
  /** From the request to the response's headers. */
  readonly responseMs: number
  /** From the request to the response's end, and how long background work may go on. */
  readonly wallMs: number
  /** From the start of the function's module to its `Deno.serve`. */
  readonly bootMs: number
  /** How long a process without work is kept. */
  readonly idleMs: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** Processes at the same time. */
  readonly workers: number
  /** Requests that one process has at the same time, where it may have more than one. */
  readonly concurrency: number
  /** How long a request waits where all processes have as many as they may. */
  readonly queueMs: number
  /** How many booted processes without a function are kept ready. */
  readonly spares: number
}

const mebibyte = 1024 * 1024

const defaultLimits: FunctionLimits = {
  memoryBytes: 256 * mebibyte,
  temporaryBytes: 256 * mebibyte,
  cpuSoftMs: 1_000,
  cpuHardMs: 2_000,
  responseMs: 150_000,
  wallMs: 400_000,
  bootMs: 30_000,
  idleMs: 60_000,
  requestBytes: 50 * mebibyte,
  responseBytes: 50 * mebibyte,
  workers: 8,
  concurrency: 100,
  queueMs: 5_000,
  spares: 2,
}

/** The limits of one function: `given`, then its own settings, then those of all. */
export function limitsOf(
  { edgeRuntime, functions }: FunctionsConfig,
  name?: string,
  given: Partial<FunctionLimits> = {},
): FunctionLimits {
  const own = name !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined
  const pick = (key: keyof LimitSettings, unit: number, fallback: number) => {
    const given = own?.[key] ?? edgeRuntime[key]
    return given === undefined ? fallback : given * unit
  }
  const { bootMs } = defaultLimits
  return {
    bootMs,
    memoryBytes: pick('memoryLimit', 1, defaultLimits.memoryBytes),
    temporaryBytes: pick('temporaryStorage', 1, defaultLimits.temporaryBytes),
    cpuSoftMs: pick('cpuSoftLimit', 1000, defaultLimits.cpuSoftMs),
    cpuHardMs: pick('cpuHardLimit', 1000, defaultLimits.cpuHardMs),
    responseMs: pick('responseTimeout', 1000, defaultLimits.responseMs),
    wallMs: pick('wallClockLimit', 1000, defaultLimits.wallMs),
    idleMs: pick('idleTimeout', 1000, defaultLimits.idleMs),
    requestBytes: pick('maxRequestSize', 1, defaultLimits.requestBytes),
    responseBytes: pick('maxResponseSize', 1, defaultLimits.responseBytes),
    workers: pick('maxWorkers', 1, defaultLimits.workers),
    concurrency: pick('workerConcurrency', 1, defaultLimits.concurrency),
    queueMs: pick('queueTimeout', 1000, defaultLimits.queueMs),
    spares: pick('spareWorkers', 1, defaultLimits.spares),
    ...given,
  }
}
