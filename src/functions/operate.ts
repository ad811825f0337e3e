import { readStream } from '#bodies'
import { PorticoError } from '#errors'
import { functionName } from './definitions.ts'
import type { Deployments, FunctionPackage } from './deployments/index.ts'
import { packageShape } from './deployments/index.ts'
import type { LogLine, LogTail } from './log-tail.ts'
import type { Sources } from './sources.ts'

/** A function as `portico functions list` shows it. */
export interface FunctionStatus {
  readonly name: string
  readonly verifyJwt: boolean
  /** The deployed version that serves; null where the project folder does. */
  readonly version: number | null
  readonly deployedAt: string | null
  /** Versions that can be rolled back to, the newest first. */
  readonly versions: readonly number[]
  readonly workers: number
}

export interface OperatorOptions {
  readonly sources: Sources
  readonly deployments: Deployments
  readonly tail: LogTail
  readonly workersOf: (name: string) => number
}

/** Bytes of a package. Supabase's limit of a bundle is 20 MB; base64 makes a third more of it. */
const mostBytes = 32 * 1024 * 1024

const tooLarge = () => new PorticoError('PAYLOAD_TOO_LARGE', { message: 'The package is too large.' })

/**
 * What operators do with functions, for those who proved to be one:
 *
 *     GET  /functions                    list
 *     PUT  /functions/NAME               deploy a package
 *     POST /functions/NAME/rollback      to the version before, or to `?to=3`
 *     GET  /logs?function=NAME&follow=1  lines of JSON
 */
export function createOperator(options: OperatorOptions): (request: Request) => Promise<Response> {
  const { sources, deployments, tail, workersOf } = options

  async function status(name: string): Promise<FunctionStatus | undefined> {
    const definition = await sources.find(name)
    if (!definition) return undefined
    const deployed = await sources.deployed(name).catch(() => undefined)
    return {
      ...{ name, verifyJwt: definition.verifyJwt, workers: workersOf(name) },
      ...{ version: deployed?.number ?? null, deployedAt: deployed?.at ?? null },
      versions: deployments.versions(name).map(({ number }) => number),
    }
  }

  async function deploy(name: string, request: Request): Promise<Response> {
    const length = Number(request.headers.get('content-length') ?? 0)
    if (length > mostBytes) throw tooLarge()
    const text = (await readStream(request.body, mostBytes, tooLarge)).toString()
    let content: FunctionPackage
    try {
      content = packageShape.parse(JSON.parse(text))
    } catch {
      return problem(400, 'BAD_REQUEST')
    }
    if (!Object.hasOwn(content.files, content.entry)) return problem(400, 'BAD_REQUEST')
    const replaces = await sources.state(name).catch(() => undefined)
    const { number } = await deployments.deploy(name, content, replaces)
    return Response.json({ name, version: number })
  }

  return async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    const [, kind, name, action] = pathname.split('/')
    const called = `${request.method} ${[kind, name && 'NAME', action].filter(Boolean).join('/')}`
    if (name !== undefined && !functionName.test(name)) return problem(404, 'NOT_FOUND')
    if (called === 'GET functions') {
      const names = [...sources.all().keys()].sort()
      const all = await Promise.all(names.map(status))
      return Response.json(all.filter((each) => each !== undefined))
    }
    if (called === 'PUT functions/NAME') return await deploy(name ?? '', request)
    if (called === 'POST functions/NAME/rollback') {
      const to = searchParams.get('to')
      const target = await deployments.rollBack(name ?? '', to === null ? undefined : Number(to))
      return target ? Response.json({ name, version: target.number }) : problem(404, 'NOT_FOUND')
    }
    if (called === 'GET logs') {
      return logs(tail, searchParams.get('function') ?? undefined, searchParams.has('follow'), request.signal)
    }
    return problem(404, 'NOT_FOUND')
  }
}

function logs(tail: LogTail, name: string | undefined, follow: boolean, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  const text = (line: LogLine) => encoder.encode(`${JSON.stringify(line)}\n`)
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const line of tail.latest(name)) controller.enqueue(text(line))
      if (!follow) return controller.close()
      const unfollow = tail.follow((line) => {
        // A reader that does not keep up misses lines; they are not kept for it.
        if ((name === undefined || line.name === name) && (controller.desiredSize ?? 0) > -1_000) {
          controller.enqueue(text(line))
        }
      })
      stop = () => {
        unfollow()
        signal.removeEventListener('abort', stop)
      }
      signal.addEventListener('abort', stop)
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
}

const messages = {
  BAD_REQUEST: 'The package is not one.',
  NOT_FOUND: 'There is no such function, or no such version of it.',
} as const

function problem(status: number, code: keyof typeof messages): Response {
  return Response.json({ code, message: messages[code] }, { status })
}
