import { expect, test } from 'vitest'
import { commandFirst } from '../../src/cli/anywhere.ts'
import { structured } from '../../src/cli/structured.ts'

test.for([
  ['db reset', 'db reset'],
  ['--debug db reset --yes', 'db reset --yes --debug'],
  ['--workdir app -o json status', 'status --workdir app -o json'],
  // Its password would be told as the name of a command that is not there.
  ['--db-url postgresql://u:p@h/db db push', 'db push --db-url postgresql://u:p@h/db'],
  ['--output=json status', 'status --output=json'],
  ['help db reset', 'db reset --help'],
  ['help', 'help'],
  ['--help', '--help'],
  ['-V', '-V'],
  ['-V start', '-V start'],
  ['--debug db query -- -1', 'db query --debug -- -1'],
])('%s is %s', ([typed = '', meant]) => {
  expect(commandFirst(typed.split(' ')).join(' ')).toBe(meant)
})

const records = [
  { name: 'a "b"', count: 2, gone: null },
  { name: 'ü', count: 0, gone: true },
]

test('structured forms are what their readers expect', () => {
  expect(structured('yaml', records)).toBe(
    '- name: "a \\"b\\""\n  count: 2\n  gone: null\n- name: "ü"\n  count: 0\n  gone: true',
  )
  expect(structured('toml', records, 'things')).toBe(
    '[[things]]\nname = "a \\"b\\""\ncount = 2\n\n[[things]]\nname = "ü"\ncount = 0\ngone = true',
  )
  expect(JSON.parse(structured('json', records))).toEqual(records)
  expect([structured('yaml', []), structured('json', [])]).toEqual(['[]', '[]'])
})
