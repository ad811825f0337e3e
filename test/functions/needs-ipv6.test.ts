import { expect, test } from 'vitest'
import { needsIpv6 } from '../../src/functions/network.ts'

const loopback = { internal: true, address: '127.0.0.1' }
const [v4, v6, linkLocal] = ['192.0.2.7', '2001:db8::7', 'fe80::7'].map((address) => ({ internal: false, address }))

test.each([
  ['a machine with both', [loopback, v4, v6, linkLocal], ['192.0.2.1'], false],
  ['one with IPv4', [loopback, v4, linkLocal], ['127.0.0.53'], false],
  ['one without a network', [loopback, linkLocal], [], false],
  ['one with IPv6 alone', [loopback, v6, linkLocal], ['127.0.0.53'], true],
  ['one whose resolvers have IPv6 alone', [loopback, v4, v6], ['2001:db8::53', '[2001:db8::54]:5353'], true],
  ['one with resolvers of both', [loopback, v4, v6], ['2001:db8::53', '192.0.2.1:5353'], false],
])('%s', (_, own, resolvers, expected) => {
  expect(needsIpv6(own as (typeof loopback)[], resolvers)).toBe(expected)
})
