import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { GraphqlConfig } from '#config'
import { bufferOf, type Caller, type RequestInfo } from '#database'
import { isPorticoError, PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { Opened } from '../pipeline.ts'
import type { FindDocument } from '../requests/index.ts'
import type { Executor, Operation, TellError } from '../run/index.ts'
import { boundBrought } from './brought.ts'
import { addressOf, clientOf } from './client-of.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import { eventOf } from './event.ts'
import { atExpiry } from './expiry.ts'
import { createQuota, type Place, takePlace } from './quota.ts'
import { oneEvent, sent } from './sent.ts'
import { type Carrier, carry } from './socket-carrier.ts'
import type { Subscriptions } from './subscriptions.ts'

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
  readonly place: Place
  /** Set once the client has said who it is, and no longer than it is that. */
  context?: RequestContext | undefined
  forget?: () => void
}

/** Milliseconds that a client has to say who it is. */
const connectionInitWaitTimeout = 10_000

/** Characters: it is kept as long as its operation goes on. */
const longestId = 128

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
    async onConnect(connection) {
      const { connectionParams, extra } = connection
      const { visitor, carrier, place } = extra
      // They would be kept as long as the connection.
      Object.assign(connection, { connectionParams: undefined })
      try {
        const given = credentialsIn(connectionParams)
        const caller = await visitor.identify(given)
        if (!caller) return refuse(carrier, CloseCode.Forbidden, 'Invalid API key')
        const headers = { ...visitor.requestInfo.headers, ...given }
        // What is said on it is nothing that a link could say.
        const context = { caller, requestInfo: { ...visitor.requestInfo, method: 'POST', headers } }
        if (!place.move(clientOf(context))) return refuse(carrier, tryAgainLater, 'Too many connections')
        extra.context = context
        extra.forget = atExpiry(caller.claims, () => {
          extra.context = undefined
          carrier.close(CloseCode.Forbidden, 'The token has expired.')
        })
        return true
      } catch (error) {
        if (!isPorticoError(error)) throw error
        return refuse(carrier, error.status < 500 ? CloseCode.Forbidden : tryAgainLater, error.message)
      }
    },
    onClose: ({ extra }) => extra.forget?.(),
    async onSubscribe({ extra }, id, payload) {
      const { operationName, variables, ...request } = payload
      const { context, carrier } = extra
      if (!context) return [new GraphQLError('Unauthorized')]
      if (id.length > longestId) return [new GraphQLError(`An id may have ${longestId} characters.`)]
      if (carrier.pending() > settings.maxSubscriptionsPerConnection) {
        return [tell(new PorticoError('TOO_MANY_SUBSCRIPTIONS'))]
      }
      try {
        const text = findDocument(request)
        if (typeof text !== 'string') return [text ?? new GraphQLError('The message has no query.')]
        const schema = await schemaOf(context.caller.role)
        const { document, errors } = open(schema, text)
        if (errors) return errors
        const kind = getOperationAST(document, operationName)?.operation
        if (kind === OperationTypeNode.SUBSCRIPTION) boundBrought(payload)
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
      const { id, extra } = askedBy(args)
      if (!extra.context) return { errors: [expired()] }
      const { events, errors } = await subscriptions.open(operationOf(args), extra.context)
      return errors ? { errors } : (sent(events, (event) => extra.carrier.sendEvent(id, event)) as never)
    },
    async execute(args) {
      const { id, extra } = askedBy(args)
      if (!extra.context) return { errors: [expired()] }
      const event = await answerTo(operationOf(args), extra.context)
      return sent(oneEvent(event), (event) => extra.carrier.sendEvent(id, event)) as never
    },
    // As it is: what was parsed just now is no error of graphql-js.
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
  })

  const expired = () => tell(new PorticoError('UNAUTHENTICATED', { message: 'The token has expired.' }))

  async function answerTo(operation: Operation, context: RequestContext): Promise<Buffer> {
    const body = await executor.executeWhole(operation, context, { signal: undefined })
    if (body) {
      const answer = bufferOf(body)
      body.release()
      return answer
    }
    const { errors, ...result } = await executor.executeMixed(operation, contextOf(context), undefined)
    return eventOf({ ...(errors && { errors: errors.map(tell) }), ...result })
  }

  function attach(socket: WebSocket, raw: Socket, visitor: Visitor, place: Place): void {
    const carrier = carry(socket, raw, (error) => {
      observe({ kind: 'message', level: 'error', text: 'a message over a WebSocket failed', error })
    })
    sockets.add(socket)
    const closed = server.opened(carrier, { visitor, carrier, place })
    socket.once('close', (code, reason) => {
      sockets.delete(socket)
      closed(code, String(reason)).catch(() => {})
    })
  }

  return {
    accept(req, socket, head, visitor) {
      const place = takePlace(connections, addressOf(visitor.requestInfo))
      if (!place)
        return void socket.end('HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      socket.once('close', () => place.give())
      wss.handleUpgrade(req, socket, head, (opened) => attach(opened, socket, visitor, place))
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

function askedBy({ contextValue }: ExecutionArgs): { readonly id: string; readonly extra: Extra } {
  return contextValue as { id: string; extra: Extra }
}

function operationOf({ schema, document, operationName, variableValues }: ExecutionArgs): Operation {
  return { schema, document, operationName: operationName ?? undefined, variables: variableValues ?? {} }
}
