import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { GraphqlConfig } from '#config'
import { type Caller, type RequestInfo, textOf } from '#database'
import { isPorticoError, PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { Opened } from '../pipeline.ts'
import type { FindDocument } from '../requests/index.ts'
import type { Executor, Operation, TellError } from '../run/index.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import { atExpiry } from './expiry.ts'
import { createQuota } from './quota.ts'
import { type Carrier, carry } from './socket-carrier.ts'
import type { Events, Subscriptions } from './subscriptions.ts'

/** Who is at the other end, as the HTTP door finds out. */
export interface Visitor {
  /** Undefined for a key that is none of the project's. */
  identify(credentials: Credentials): Promise<Caller | undefined>
  readonly requestInfo: RequestInfo
}

/** GraphQL over WebSocket, by the protocol `graphql-transport-ws`: any number of operations on one connection. */
export interface WebSockets {
  accept(req: IncomingMessage, socket: Socket, head: Buffer, visitor: Visitor): void
  /** Tells clients to connect again. */
  close(): void
}

export interface WebSocketsOptions {
  readonly settings: GraphqlConfig
  readonly subscriptions: Subscriptions
  readonly executor: Executor
  readonly findDocument: FindDocument
  readonly schemaOf: (role: string) => Promise<GraphQLSchema>
  readonly open: (schema: GraphQLSchema, text: string) => Opened
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
  readonly observe: Observe
}

interface Extra {
  readonly visitor: Visitor
  readonly carrier: Carrier
  /** Set once the client has said who it is. */
  context?: RequestContext
  forget?: () => void
}

/** Milliseconds that a client has to say who it is. */
const connectionInitWaitTimeout = 10_000

/** Try Again Later (RFC 6455's registry). */
const tryAgainLater = 1013

export function createWebSockets(options: WebSocketsOptions): WebSockets {
  const { settings, subscriptions, executor, findDocument, schemaOf, open, contextOf, tell, observe } = options
  const sockets = new Set<WebSocket>()
  const connections = createQuota({ ofAll: settings.maxSubscriptions, ofOne: settings.maxSubscriptionsPerClient })
  const maxPayload = settings.maxBodySize
  const wss = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload },
    handleProtocols,
  })

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout,
    async onConnect({ connectionParams, extra }) {
      const { visitor, carrier } = extra
      try {
        const given = credentialsIn(connectionParams)
        const caller = await visitor.identify(given)
        if (!caller) return refuse(carrier, CloseCode.Forbidden, 'Invalid API key')
        const headers = { ...visitor.requestInfo.headers, ...given }
        // What is said on it is nothing that a link could say.
        extra.context = { caller, requestInfo: { ...visitor.requestInfo, method: 'POST', headers } }
        extra.forget = atExpiry(caller.claims, () => carrier.close(CloseCode.Forbidden, 'The token has expired.'))
        return true
      } catch (error) {
        if (!isPorticoError(error)) throw error
        return refuse(carrier, error.status < 500 ? CloseCode.Forbidden : tryAgainLater, error.message)
      }
    },
    onClose: ({ extra }) => extra.forget?.(),
    async onSubscribe({ extra }, id, { operationName, variables, ...request }) {
      const { context, carrier } = extra
      if (!context) return [new GraphQLError('Unauthorized')]
      if (carrier.pending() > settings.maxSubscriptionsPerConnection) {
        return [tell(new PorticoError('TOO_MANY_SUBSCRIPTIONS'))]
      }
      try {
        const text = findDocument(request)
        if (typeof text !== 'string') return [text ?? new GraphQLError('The message has no query.')]
        const schema = await schemaOf(context.caller.role)
        const { document, errors } = open(schema, text)
        if (errors) return errors
        return {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue: { id, extra },
        } as ExecutionArgs
      } catch (error) {
        return [tell(error)]
      }
    },
    async subscribe(args) {
      const { id, extra, context } = askedBy(args)
      const { events, errors } = await subscriptions.open(operationOf(args), context)
      return errors ? { errors } : (sent(events, (event) => extra.carrier.sendEvent(id, event)) as never)
    },
    async execute(args) {
      const { context } = askedBy(args)
      const operation = operationOf(args)
      const body = await executor.executeWhole(operation, context, { signal: undefined })
      if (body) {
        const result = JSON.parse(textOf(body))
        body.release()
        return result
      }
      const { errors, ...result } = await executor.executeMixed(operation, contextOf(context), undefined)
      return { ...(errors && { errors: errors.map(tell) }), ...result }
    },
    // As it is: what was parsed just now is no error of graphql-js.
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
  })

  function attach(socket: WebSocket, raw: Socket, visitor: Visitor): void {
    const carrier = carry(socket, raw, (error) => {
      observe({ kind: 'message', level: 'error', text: 'a message over a WebSocket failed', error })
    })
    sockets.add(socket)
    const closed = server.opened(carrier, { visitor, carrier })
    socket.once('close', (code, reason) => {
      sockets.delete(socket)
      closed(code, String(reason)).catch(() => {})
    })
  }

  return {
    accept(req, socket, head, visitor) {
      const give = connections.take(visitor.requestInfo.address ?? '')
      if (!give)
        return void socket.end('HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      socket.once('close', give)
      wss.handleUpgrade(req, socket, head, (opened) => attach(opened, socket, visitor))
    },
    close() {
      for (const socket of sockets) socket.close(1001, 'Going away')
    },
  }
}

/** Before the protocol's server closes it without saying why. */
function refuse(carrier: Carrier, code: number, reason: string): false {
  carrier.close(code, reason)
  return false
}

function askedBy({ contextValue }: ExecutionArgs): { id: string; extra: Extra; context: RequestContext } {
  const { id, extra } = contextValue as { id: string; extra: Extra }
  if (!extra.context) throw new Error('an operation before the connection was acknowledged')
  return { id, extra, context: extra.context }
}

function operationOf({ schema, document, operationName, variableValues }: ExecutionArgs): Operation {
  return { schema, document, operationName: operationName ?? undefined, variables: variableValues ?? {} }
}

/** Sends events as they come. What is left for the protocol to do is to tell of the end. */
function sent(events: Events, send: (event: Buffer) => Promise<void>): AsyncGenerator<never> {
  const over = { done: true, value: undefined } as const
  const sending: AsyncGenerator<never> = {
    async next() {
      for (let next = await events.next(); !next.done; next = await events.next()) await send(next.value)
      return over
    },
    async return() {
      await events.return()
      return over
    },
    throw: () => sending.return(undefined),
    [Symbol.asyncIterator]: () => sending,
    [Symbol.asyncDispose]: async () => void (await events.return()),
  }
  return sending
}
