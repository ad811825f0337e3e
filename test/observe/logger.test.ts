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

test('what is logged writes no line of the log itself, nor to the terminal', async () => {
  const observe = await createLogger({ form: 'plain' })
  const error = new Error('first\r\n08:15:30 error  forged \u001b[31m')
  observe({ kind: 'message', level: 'info', text: 'x\n08:15:30 error  forged\r \u001b[31mred\u009b', error })
  const [first, ...further] = printed.join('').trimEnd().split('\n')
  expect(first).toMatch(/ info {2}x$/)
  expect(further[0]).toBe('    08:15:30 error  forged\\u000d \\u001b[31mred\\u009b')
  for (const line of further) expect(line).toMatch(/^ {4}/)
  expect(printed.join('').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})
