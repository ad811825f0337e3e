import { expect, test } from 'vitest'
import { parseDotenv } from '#config'

test.each([
  ['plain', 'KEY=value', 'value'],
  ['empty', 'KEY=', ''],
  ['nothing but a comment after it', 'KEY= # none', '# none'],
  ['spaces around it', 'KEY = a b  ', 'a b'],
  ['a comment', 'KEY=a b # c', 'a b'],
  ['a # within', 'KEY=a#b', 'a#b'],
  ['exported', 'export KEY=value', 'value'],
  ['with a colon', 'KEY: value', 'value'],
  ['with =', 'KEY=a=b==', 'a=b=='],
  ['quoted', `KEY='a # $OTHER \\n'`, 'a # $OTHER \\n'],
  ['in double quotes, and a comment', 'KEY="a # b" # c', 'a # b'],
  ['JSON', 'KEY={"a":"b c"}', '{"a":"b c"}'],
  ['JSON in double quotes', 'KEY="{\\"a\\":\\"b\\"}"', '{"a":"b"}'],
  ['of many lines', 'KEY="-----BEGIN\nOTHER=no\n-----END"', '-----BEGIN\nOTHER=no\n-----END'],
  ['lines by escapes', 'KEY="one\\ntwo\\r\\nthree"', 'one\ntwo\r\nthree'],
  ['lines in single quotes', "KEY='one\ntwo'", 'one\ntwo'],
  ['between backticks', 'KEY=`one\n"two"`', 'one\n"two"'],
  ['others', `FIRST=1\nSECOND=$FIRST-2\nKEY="\${SECOND}-3 $NOBODY."`, '1-2-3 .'],
  ['a $ that means itself', 'KEY="a\\$B $c"', 'a$B $c'],
  ['from Windows', 'OTHER=1\r\nKEY=value\r\n', 'value'],
  ['after a comment', '# KEY=no\n\n  KEY=value', 'value'],
  ['the last one', 'KEY=one\nKEY=two', 'two'],
  ['with an open quote', 'KEY="open\nOTHER=1', '"open'],
])('%s', (_, text, value) => {
  expect(parseDotenv(text).KEY).toBe(value)
})

test('nothing but variables', () => {
  expect(parseDotenv('A=1\n__proto__=2\nnot a variable\nB="x"\n')).toEqual(
    Object.fromEntries([
      ['A', '1'],
      ['__proto__', '2'],
      ['B', 'x'],
    ]),
  )
})
