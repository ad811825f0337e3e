import {
  flag,
  named,
  optionalCount,
  optionalDuration,
  optionalSize,
  optionalText,
  secretEntry,
  table,
  textList,
} from './values.ts'

const functionName = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]*$/,
  expected: 'a function name: a letter, then letters, digits, hyphens and underscores',
}

/** `[functions.NAME]`: one edge function. Paths are relative to the supabase folder. */
const functionSettings = table({
  enabled: flag(true).describe('Serve this function.'),
  verifyJwt: flag(true).describe('Refuse requests without a valid token.'),
  importMap: optionalText().describe("Absent: the deno.json or deno.jsonc beside the function's entrypoint."),
  entrypoint: optionalText().describe('Absent: functions/NAME/index.ts.'),
  staticFiles: textList().describe('Files, as glob patterns, that the function may read.'),
  env: named(secretEntry()).describe('Environment of this function alone.'),
  allowedHosts: textList().describe('Private hosts that it may reach though others can reach this backend.'),
  // Limits of its own; absent ones are those of [edge_runtime].
  memoryLimit: optionalSize(),
  temporaryStorage: optionalSize(),
  cpuSoftLimit: optionalDuration(),
  cpuHardLimit: optionalDuration(),
  wallClockLimit: optionalDuration(),
  responseTimeout: optionalDuration(),
  maxRequestSize: optionalSize(),
  maxResponseSize: optionalSize(),
  maxWorkers: optionalCount({ min: 1, max: 1000 }),
  workerConcurrency: optionalCount({ min: 1, max: 10_000 }),
  queueTimeout: optionalDuration(),
  idleTimeout: optionalDuration(),
})

export const functions = named(functionSettings, functionName)
