import { flag, named, optionalText, secretEntry, table, textList } from './values.ts'

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
})

export const functions = named(functionSettings, functionName)
