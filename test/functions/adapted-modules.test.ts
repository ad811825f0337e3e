import { expect, test } from 'vitest'
import { adaptedLine } from '../../src/functions/bundle/adapted-modules.ts'

/** What a bundle imports, told from what it only says: to make a module ready costs a cold start. */
test.each([
  [`import{createServer as a}from"node:http";`, '// uses http'],
  [`import "node:fs"`, '// uses fs'],
  [`import a from 'os'; await import('node:fs/promises')`, '// uses fs os'],
  [`var n=w("node:fs");e`, '// uses fs'],
  [`var n=w("http"),o=w('fs/promises');e`, '// uses fs http'],
  [`url.protocol.replace("http","ws")`, undefined],
  [`url.protocol.replace(/^ws/i,"http")`, undefined],
  [`secure?"https":"http"`, undefined],
  [`{type:"fs"}`, undefined],
  [`import{a}from"node:https"`, undefined],
])('%s', (code, line) => {
  expect(adaptedLine(code)).toEqual(line === undefined ? [] : [line])
})
