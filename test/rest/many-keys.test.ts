import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createReader } from '../../src/rest/request/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('the keys of large bodies are not kept with their requests', () => {
  const read = createReader({ schemas: ['public'], mayEndTransaction: false })
  const held = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  for (let n = 0; n < 40; n++) {
    const keys = Array.from({ length: 20_000 }, (_, i) => `"k${n}_${i}":[]`)
    const headers = { 'content-type': 'application/json' }
    const { shape } = read({ method: 'POST', path: '/t', search: `select=c${n}`, headers, body: `{${keys.join(',')}}` })
    expect(shape.length).toBeGreaterThan(100_000)
  }
  // A byte a letter would be 8 MB.
  expect(held() - before).toBeLessThan(4_000_000)
})
