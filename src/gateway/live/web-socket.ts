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
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { GraphqlConfig } from '#config'
import { bufferOf } from '#database'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { Opened } from '../pipeline.ts'
import type { FindDocument } from '../requests/index.ts'
import type { Executor, Operation, TellError } from '../run/index.ts'
import { boundBrought } from './brought.ts'
import { addressOf } from './client-of.ts'
import { admit, type Connection, type Visitor } from './connection.ts'
import { eventOf } from './event.ts'
import { createQuota, type Place, takePlace } from './quota.ts'
import { oneEvent, sent } from './sent.ts'
import { carry } from './socket-carrier.ts'
import type { Subscriptions } from './subscriptions.ts'

/** GraphQL over WebSocket, by the protocol `graphql-transport-ws`: any number of operations on one connection. */
export interface WebSockets {
  accept(req: IncomingMessage, socket: Socket, head: Buffer, visitor: Visitor): void
  /** Those that are open. */
  readonly size: number
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
  /** Counts an operation, and refuses one too many. */
  readonly count: (context: RequestContext) => Promise<void>
  readonly observe: Observe
}

/** Milliseconds that a client has to say who it is. */
const connectionInitWaitTimeout = 10_000

/** Characters: it is kept as long as its operation goes on. */
const longestId = 128

export function createWebSockets(options: WebSocketsOptions): WebSockets {
  const { settings, subscriptions, executor, findDocument, schemaOf, open, contextOf, tell, count, observe } = options
  const sockets = new Set<WebSocket>()
  const connections = createQuota({ ofAll: settings.maxSubscriptions, ofOne: settings.maxSubscriptionsPerClient })
  const maxPayload = settings.maxBodySize
  const wss = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload },
    handleProtocols,
  })

  const server = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout,
    async onConnect(context) {
      const { connectionParams, extra } = context
      // They would be kept as long as the connection.
      Object.assign(context, { connectionParams: undefined })
      return await admit(extra, connectionParams)
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
        await count(context)
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
    get size() {
      return sockets.size
    },
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

function askedBy({ contextValue }: ExecutionArgs): { readonly id: string; readonly extra: Connection } {
  return contextValue as { id: string; extra: Connection }
}

function operationOf({ schema, document, operationName, variableValues }: ExecutionArgs): Operation {
  return { schema, document, operationName: operationName ?? undefined, variables: variableValues ?? {} }
}
