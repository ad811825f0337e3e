import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDotenv, parseDotenv } from '#config'

test.each([
  ['an empty file', '', { A: '1' }, 'A=1\n'],
  ['a new one, behind a last line that has no end', 'A=1', { B: 'x y' }, 'A=1\nB="x y"\n'],
  ['where it stands', '# mine\n  A=1 \n\nB=2\n', { A: 'new' }, '# mine\n  A=new\n\nB=2\n'],
  ['the last of two', 'A=1\nB=2\nA=3\n', { A: '4' }, 'B=2\nA=4\n'],
  ['one of many lines', 'A="one\ntwo"\nB=2\n', { A: '1' }, 'A=1\nB=2\n'],
  ['one taken out', 'A=1\r\nB=2\r\n', { A: undefined }, 'B=2\r\n'],
  ['nothing that is not there', 'A=1\n', { B: undefined }, 'A=1\n'],
])('%s', (_, text, values, edited) => {
  expect(editDotenv(text, values)).toBe(edited)
})

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/)
const value = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "'", '\\', '$', '\n', '\r', ' ', '#', '`', '{', '('),
    fc.string({ maxLength: 1 }),
  ),
})

test('what is set is read, whatever it is, and the others stay', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), name, value, (before, set, to) => {
      const text = editDotenv('', before)
      expect(parseDotenv(text)).toEqual({ ...before })
      expect(parseDotenv(editDotenv(text, { [set]: to }))).toEqual({ ...before, [set]: to })
      const { [set]: _, ...rest } = before
      expect(parseDotenv(editDotenv(text, { [set]: undefined }))).toEqual({ ...rest })
    }),
    { numRuns: 500 },
  )
})
