import { expect, test } from 'vitest'
import { createDebt } from '../../src/functions/worker/debt.ts'

test('who takes much owes it, until most of it is made good', () => {
  let now = 0
  const debt = createDebt(() => now)
  debt.add(100)
  expect(debt.isHigh).toBe(false)
  debt.add(1)
  expect(debt.isHigh).toBe(true)
  now += 250
  expect(debt.isHigh).toBe(true)
  now += 10
  expect(debt.isHigh).toBe(false)
  debt.add(49)
  expect(debt.isHigh).toBe(false)
})

test('who takes little at a time owes nothing, however long', () => {
  let now = 0
  const debt = createDebt(() => now)
  for (let second = 0; second < 1_000; second++) {
    debt.add(90)
    expect(debt.isHigh).toBe(false)
    now += 1_000
  }
})

test('however much was taken, it is made good within seconds', () => {
  let now = 0
  const debt = createDebt(() => now)
  for (let i = 0; i < 1_000; i++) debt.add(1_000)
  expect(debt.isHigh).toBe(true)
  now += 2_300
  expect(debt.isHigh).toBe(false)
})
