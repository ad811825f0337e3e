/** A Storage in a process of its own, to be killed: it says on its standard output when it is at a stage, and stays there. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { jwtVerify } from 'jose'
import { createCallerPool } from '#database'
import { silent } from '#observe'
import { type Backend, createStorage, openBackend, type StorageSettings } from '#storage'

export type Stage = 'bytes half written' | 'bytes written' | 'before commit' | 'after commit' | 'none'

export interface Serving {
  readonly config: StorageSettings
  readonly connection: { readonly host: string; readonly port: number; readonly database: string }
  readonly stage: Stage
}

const { config, connection, stage } = JSON.parse(process.env.STORAGE_TO_SERVE ?? '{}') as Serving

function reached(): Promise<never> {
  process.stdout.write(`${stage}\n`)
  return new Promise(() => {})
}

const kept = openBackend(config)
const backend: Backend = {
  ...kept,
  async put(key, body) {
    const half = async function* () {
      for await (const chunk of body) {
        yield chunk.subarray(0, Math.ceil(chunk.length / 2))
        if (stage === 'bytes half written') await reached()
        yield chunk.subarray(Math.ceil(chunk.length / 2))
      }
    }
    const stored = await kept.put(key, half())
    if (stage === 'bytes written') await reached()
    return stored
  },
}

const connections = { for: (user: string) => ({ ...connection, user }) }
const callers = await createCallerPool({ connections, observe: silent, size: 8 })
const secret = new TextEncoder().encode(config.keys.jwtSecret)
const storage = createStorage({
  config,
  callers: {
    ...callers,
    async transaction(caller, request, work) {
      let isUpload = false
      const done = await callers.transaction<object, unknown>(caller, request, async (trx) => {
        const answer = await (work as (trx: unknown) => Promise<unknown>)(trx)
        // What is rehearsed is undone by an error, and does not come here.
        isUpload = caller.role === 'service_role' && request !== undefined
        if (isUpload && stage === 'before commit') await reached()
        return answer
      })
      if (isUpload && stage === 'after commit') await reached()
      return done as never
    },
  },
  async verify(token) {
    const { payload } = await jwtVerify(token, secret)
    return { role: String(payload.role), claims: payload, token }
  },
  observe: silent,
  backend,
})
const server = createServer(getRequestListener((request) => storage.fetch(request))).listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`)
})
