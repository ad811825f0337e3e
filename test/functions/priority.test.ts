import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { serveFunctions, until } from './test-functions.ts'

const files = {
  'weighty/index.ts': `
    const work = (milliseconds: number) => {
      const begun = performance.now()
      while (performance.now() - begun < milliseconds);
    }
    work(400)
    Deno.serve(async (request) => {
      if (request.method === 'PUT') work(1_500)
      // Long enough to be looked at.
      else await new Promise((resolve) => setTimeout(resolve, 200))
      return Response.json({ pid: Deno.pid })
    })`,
}

test('a function gives way while it uses much, not for what loading it took, and no longer than that', async () => {
  await using functions = await serveFunctions(files)
  const usual = getPriority()
  const call = async (method: string) => {
    const response = await functions.call('weighty', { method })
    return ((await response.json()) as { pid: number }).pid
  }
  const pid = await call('POST')
  expect(getPriority(pid)).toBe(usual)
  const busy = call('PUT')
  await until(() => getPriority(pid) > usual)
  await busy
  await until(async () => getPriority(await call('POST')) === usual)
})
