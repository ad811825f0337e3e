import { realpathSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'

// The prelude imports the bundle, yet to its author the function is the main module. Only the entrypoint's own question
// is left in a bundle; the answer is as long, so that the source map stays right.
const isMain = '(!0/*  main  */)'

// No bundler makes such a name, and it can be made as long as what it takes the place of.
const nameOf = (index: number) => `µ${index}`
const inPlace = (name: string) => `(${name}/*${' '.repeat('import.meta'.length - name.length - 6)}*/)`

// `import.meta` of a module that is not where the bundle is.
const meta = [
  'const µ=(path)=>{const url=new URL(path,import.meta.url),filename=decodeURIComponent(url.pathname);',
  'return{url:url.href,filename,dirname:filename.replace(/\\/[^/]*$/,""),main:!1,',
  'resolve:(to)=>/^\\.{0,2}\\//.test(to)?new URL(to,url).href:import.meta.resolve(to)}};',
].join('')

/**
 * Lets each of a project's own modules find files beside itself, wherever it is: `import.meta.url` of a bundle is the bundle's.
 *
 * @param map the bundle's source map; its sources are relative to `folder`
 * @param own the project's own modules: those of packages, of other hosts and our stand-ins are where the bundle is
 * @returns the code, each line as long as before, and a line to put before it
 */
export function giveModulesTheirMeta(
  code: string,
  map: SourceMapPayload,
  {
    folder,
    entrypoint,
    own,
  }: { readonly folder: string; readonly entrypoint: string; readonly own: readonly string[] },
): { readonly code: string; readonly before: string } {
  const answered = code.replaceAll('import.meta.main', isMain)
  if (!answered.includes('import.meta')) return { code: answered, before: '' }
  const sources = new SourceMap(map)
  const main = realpathSync(entrypoint)
  const theirs = new Set(own)
  const names = new Map<string, string>()
  const lines = answered.split('\n').map((line, number) =>
    line.replaceAll('import.meta', (asked, column: number) => {
      const entry = sources.findEntry(number, column)
      if (!('originalSource' in entry)) return asked
      const module = resolve(folder, entry.originalSource)
      const source = theirs.has(module) ? realpathSync(module) : main
      if (source === main) return asked
      const path = pathFrom(dirname(main), source)
      const name = names.get(path) ?? nameOf(names.size)
      names.set(path, name)
      return inPlace(name)
    }),
  )
  const given = [...names].map(([path, name]) => `${name}=µ(${JSON.stringify(path)})`)
  return { code: lines.join('\n'), before: given.length > 0 ? `${meta}const ${given.join()};` : '' }
}

/** `../_shared/a%20b.ts` */
function pathFrom(folder: string, file: string): string {
  return relative(folder, file)
    .split(/[/\\]/)
    .map((part) => (part === '..' ? part : encodeURIComponent(part)))
    .join('/')
    .replace(/^(?!\.)/, './')
}
