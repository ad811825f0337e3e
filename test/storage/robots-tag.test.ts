import { expect, test } from 'vitest'
import { robotsTagOf } from '../../src/storage/serving/robots-tag.ts'

test.each([
  ['all', 'all'],
  ['googlebot: noindex, otherbot: max-snippet: -1', 'googlebot: noindex, otherbot: max-snippet: -1'],
  [
    'unavailable_after: Wed, 03 Dec 2026 13:09:53 GMT, noindex',
    'unavailable_after: Wed, 03 Dec 2026 13:09:53 GMT, noindex',
  ],
  ['googlebot:', 'none'],
  ['sometimes', 'none'],
  ['googlebot: sometimes', 'none'],
  ['max-snippet: -2', 'none'],
])('%s is told to crawlers as %s', (tag, told) => {
  expect(robotsTagOf(tag)).toBe(told)
})

test.each([
  ['crawlers', 'a:'.repeat(1_000_000), 'all'],
  ['rules', 'all,'.repeat(500_000), 'all'],
  ['dates', 'unavailable_after: 2026-01-01,'.repeat(50_000), 'all'],
  ['commas of a date', 'unavailable_after:', ',a'.repeat(1_000_000)],
])('however many %s it has, a tag is read to its end once', (_, many, last) => {
  // In a time that grows with the square of its length it would take a quarter of an hour.
  expect(robotsTagOf(many + last)).toBe(last === 'all' ? many + last : 'none')
})
