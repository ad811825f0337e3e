import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { jwtVerify, SignJWT } from 'jose'
import { PorticoError } from '#errors'
import { createFunctions, type FunctionsOptions, type FunctionsService } from '#functions'
import type { Observation } from '#observe'

export { isAlive as alive, until } from '../support/until.ts'

const secret = new TextEncoder().encode('super-secret-jwt-token-with-at-least-32-characters-long')

/** A token as the auth service signs it. */
export async function signToken(claims: Record<string, unknown> = { role: 'authenticated', sub: 'ada' }, key = secret) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(key)
}

async function verify(token: string) {
  try {
    const { payload } = await jwtVerify(token, secret)
    return { role: String(payload.role) }
  } catch (cause) {
    throw new PorticoError('UNAUTHENTICATED', { cause })
  }
}

type Settings = FunctionsOptions['config']
type ConfigChanges = Partial<Omit<Settings, 'edgeRuntime'>> & { edgeRuntime?: Partial<Settings['edgeRuntime']> }

export interface ServeOptions extends Partial<Omit<FunctionsOptions, 'config'>> {
  readonly config?: ConfigChanges
  /** An existing project folder, which is then left in place. */
  readonly root?: string
}

export interface TestFunctions {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly service: FunctionsService
  readonly config: Settings
  readonly observations: Observation[]
  /** The project folder. */
  readonly root: string
  /** What functions wrote, a line each: `NAME level message`. */
  logs(): string[]
  /** Calls `/functions/v1/PATH` over HTTP, with a valid token unless headers say otherwise. */
  call(path: string, init?: RequestInit): Promise<Response>
  client(): Promise<ReturnType<typeof createClient>>
  /** Writes files of `supabase/functions`. */
  write(files: Readonly<Record<string, string>>): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A project with the given files in `supabase/functions`, its functions served over real HTTP. */
export async function serveFunctions(
  files: Readonly<Record<string, string>>,
  { config = {}, root: given, ...options }: ServeOptions = {},
): Promise<TestFunctions> {
  const root = given ?? (await mkdtemp(join(tmpdir(), 'functions-')))
  const folder = join(root, 'supabase', 'functions')
  const write: TestFunctions['write'] = async (changed) => {
    for (const [path, content] of Object.entries(changed)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
  }
  await write(files)

  let service: FunctionsService | undefined
  const server = createServer((req, res) => {
    const path = (req.url ?? '').replace('/functions/v1', '') || '/'
    service?.handle(req, res, path, req.rawHeaders).catch(() => res.destroy())
  })
  server.on('upgrade', (req, socket, head) => {
    const path = (req.url ?? '').replace('/functions/v1', '')
    void service?.upgrade(req, socket as Socket, head, path, req.rawHeaders)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const observations: Observation[] = []
  const token = await signToken()
  const settings: Settings = {
    mode: 'development',
    dataFolder: join(root, '.portico'),
    project: { root, supabase: join(root, 'supabase'), schema: join(root, 'schema'), functions: folder },
    keys: {
      anonKey: 'anon',
      serviceRoleKey: 'service',
      publishableKey: 'sb_publishable_1',
      secretKey: 'sb_secret_1',
    },
    http: { host: '127.0.0.1', externalUrl: origin },
    functions: {},
    ...config,
    edgeRuntime: { enabled: true, policy: 'per_worker', secrets: {}, ...config.edgeRuntime },
  }
  service = createFunctions({
    config: settings,
    verify,
    observe: (observation) => observations.push(observation),
    urls: { api: () => origin, database: () => 'postgresql://postgres:postgres@127.0.0.1:54322/postgres' },
    ...options,
  })
  const started = service

  return {
    origin,
    service: started,
    config: settings,
    observations,
    root,
    write,
    logs: () => observations.flatMap((o) => (o.kind === 'function-log' ? `${o.name} ${o.level} ${o.message}` : [])),
    call: (path, init = {}) =>
      fetch(`${origin}/functions/v1/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
        ...(init.body instanceof ReadableStream && { duplex: 'half' }),
      }),
    client: async () => createClient(origin, token, { auth: { persistSession: false, autoRefreshToken: false } }),
    async [Symbol.asyncDispose]() {
      await started.close()
      server.closeAllConnections()
      server.close()
      if (given === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}
