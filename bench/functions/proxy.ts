/** The least that a proxy in Node can do: undici's dispatch between two sockets. What Portico is measured against. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 64, pipelining: 1 })
const server = createServer((req, res) => {
  pool.dispatch(
    { path: req.url ?? '/', method: 'GET', headers: req.rawHeaders },
    {
      onRequestStart() {},
      onResponseStart({ rawHeaders }, status) {
        const headers = (rawHeaders as Buffer[]).map((part) => part.toString('latin1'))
        res.writeHead(status, headers)
      },
      onResponseData: (_controller, chunk) => void res.write(chunk),
      onResponseEnd: () => void res.end(),
      onResponseError: () => void res.destroy(),
    },
  )
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
