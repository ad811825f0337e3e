import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '#observe'

const printed: string[] = []
beforeEach(() => {
  printed.length = 0
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text))
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

test('lines for people hold the message, what is known with it, and where an error comes from', async () => {
  const observe = await createLogger({ form: 'plain' })
  observe({ kind: 'message', level: 'warn', text: 'a pool is full', data: { size: 8, name: 'two words' } })
  const error = Object.assign(new Error('it broke'), { code: 'XX000', client: { password: 'hidden' } })
  observe({ kind: 'message', level: 'error', text: 'failed', error })
  const clock = String.raw`\d\d:\d\d:\d\d`
  expect(printed[0]).toMatch(new RegExp(`^${clock} warn  a pool is full size=8 name="two words"\n$`))
  expect(printed[1]).toMatch(new RegExp(`^${clock} error failed\n    Error: it broke\n {8}at `))
  expect(printed.join()).not.toContain('hidden')
})
