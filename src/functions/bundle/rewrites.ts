import { fileURLToPath } from 'node:url'

const nothing = new URL('../deno/nothing.js', import.meta.url).href
const stdServe = new URL('../deno/std-serve.js', import.meta.url).href

/** Our own modules that stand in for remote ones; they are no input of a project's bundle. */
export const standIns = fileURLToPath(new URL('../deno/', import.meta.url))

/** Modules that hold only types: importing them for their side effect, as Supabase's templates do, does nothing. */
export function typesOnly(specifier: string): string | undefined {
  return /^(?:jsr:|npm:|https:\/\/esm\.sh\/)\/?@supabase\/functions-js.*\.d\.ts$/.test(specifier) ? nothing : undefined
}

/** Packages of jsr.io that their authors publish on npm too, with the same versions and parts. */
const jsrNames: ReadonlyMap<string, string> = new Map([
  ['@hono/hono', 'hono'],
  ['@panva/jose', 'jose'],
  ['@openai/openai', 'openai'],
  ['@zod/zod', 'zod'],
])
/** The same of deno.land/x, where it is their main module that is asked for. */
const landNames: ReadonlySet<string> = new Set(['hono', 'jose', 'zod'])

/**
 * The same module from the npm registry, the only one that Portico counts on, or one of our stand-ins;
 * `undefined` where there is no such twin.
 *
 * @example npmTwin('https://esm.sh/@supabase/supabase-js@2.39.3?target=deno') // 'npm:@supabase/supabase-js@2.39.3'
 */
export function npmTwin(specifier: string): string | undefined {
  const [, scope, rest] = /^jsr:\/?(@[^/]+\/[^/@]+)(.*)$/.exec(specifier) ?? []
  if (scope?.startsWith('@supabase/')) return `npm:${scope}${rest}`
  if (scope !== undefined && jsrNames.has(scope)) return `npm:${jsrNames.get(scope)}${rest}`

  const [, name, version] = /^https:\/\/deno\.land\/x\/(\w+)@v?([\d.]+)\/(?:mod|index)\.ts$/.exec(specifier) ?? []
  if (name !== undefined && landNames.has(name)) return `npm:${name}@${version}`

  if (specifier === 'https://esm.sh/') return 'npm:/'
  const esm = /^https:\/\/esm\.sh\/(?:(?:v\d+|stable)\/)?\*?([^?#]+)/.exec(specifier)?.[1]
  if (esm !== undefined && !esm.startsWith('gh/') && !esm.startsWith('jsr/')) {
    return esm.endsWith('/') ? `npm:/${esm}` : `npm:${esm}`
  }

  if (/^https:\/\/deno\.land\/std(?:@[^/]+)?\/http\/server\.ts$/.test(specifier)) return stdServe
  return undefined
}

/** The package that an `npm:` specifier names. @example npmPackage('npm:@a/b@1/c') // '@a/b' */
export function npmPackage(specifier: string): string | undefined {
  return /^npm:\/?((?:@[^/@]+\/)?[^/@]+)/.exec(specifier)?.[1]
}
