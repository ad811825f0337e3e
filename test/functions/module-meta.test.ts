import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { giveModulesTheirMeta } from '../../src/functions/bundle/module-meta.ts'

const here = fileURLToPath(import.meta.url)
const folder = fileURLToPath(new URL('.', import.meta.url))

test.each([
  ['of the project', './test-functions.ts', /^x=\(µ0\/\* *\*\/\)\.url$/],
  ['that is the entrypoint', './module-meta.test.ts', /^x=import\.meta\.url$/],
  ['of another host', 'https://example.com/a.js', /^x=import\.meta\.url$/],
  ['of a package', './node_modules/a/index.js', /^x=import\.meta\.url$/],
])('a module %s', (_, source, expected) => {
  const map = {
    version: 3,
    file: '',
    sources: [source],
    sourcesContent: [],
    names: [],
    mappings: 'AAAA',
    sourceRoot: '',
  }
  const own = [here, fileURLToPath(new URL('./test-functions.ts', import.meta.url))]
  const asked = 'x=import.meta.url'
  const { code } = giveModulesTheirMeta(asked, map, { folder, entrypoint: here, own })
  expect(code).toMatch(expected)
  expect(code).toHaveLength(asked.length)
})
