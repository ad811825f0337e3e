/**
 * Somebody who is present in a process of its own, to be killed. Says so in one line, and stays.
 *
 *   node serve-peer.ts '{"host": "…", "port": …, "user": "…", "database": "…"}' public:ROOM
 */
import { silent } from '#observe'
import { createPeers, type Hears } from '../../src/realtime/peers/index.ts'

const [login = '{}', room = ''] = process.argv.slice(2)
const hears: Hears = {
  present: () => [[room, [{ key: 'mortal', meta: { phx_ref: 'x' } }]]],
  told: () => {},
  introduced: () => {},
  there: () => {},
}
const peers = createPeers({ login: JSON.parse(login), observe: silent, hears })
peers.enter()
await peers.soon()
process.stdout.write('present\n')
setInterval(() => {}, 60_000)
