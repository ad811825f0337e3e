import { expect, test } from 'vitest'
import { ipv6Hint } from '../../src/database/ipv6-only.ts'

const failure = (code: string) => Object.assign(new Error(`connect ${code}`), { code })
const direct = 'db.abcdefghijklmnopqrst.supabase.co'

test.each<readonly [host: string, error: Error, told: boolean]>([
  [direct, failure('ENETUNREACH'), true],
  [direct, failure('ENOTFOUND'), true],
  [direct, new Error('timeout expired'), true],
  [direct, failure('ECONNREFUSED'), false],
  [direct, new Error('password authentication failed for user "postgres"'), false],
  ['aws-0-eu-central-1.pooler.supabase.com', failure('ENOTFOUND'), false],
  ['db.example.com', failure('ENETUNREACH'), false],
  ['evil.db.abcdefghijklmnopqrst.supabase.co.example.com', failure('ENETUNREACH'), false],
])('%s, %s: the way out is told: %s', (host, error, told) => {
  expect(ipv6Hint(host, error)).toEqual(told ? expect.stringContaining('the host of the pooler') : '')
})
