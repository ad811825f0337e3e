import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { openLink } from '../../src/realtime/peers/link.ts'
import { layCable } from '../support/cable.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

test('a connection to other processes whose server has vanished without a word is given up', async () => {
  const { host, port, ...login } = database.connections.for('supabase_admin')
  const cable = await layCable({ path: `${host}/.s.PGSQL.${port}` })
  const self = { id: randomBytes(8), publicKey: randomBytes(44) }
  const link = await openLink({
    login: { ...login, host: '127.0.0.1', port: cable.port },
    self,
    heard: () => {},
    patience: 1000,
  })
  expect(await link.others()).toEqual([])
  cable.stall()
  await expect(link.notify(['one'])).rejects.toThrow('timeout')
  await link.ended
  await cable.cut()
})
