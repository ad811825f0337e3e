import type { ServerResponse } from 'node:http'
import { type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql'
import { PorticoError } from '#errors'
import type { RequestContext } from '../context.ts'
import type { Opened } from '../pipeline.ts'
import type { FindDocument } from '../requests/index.ts'
import { type LaneRequest, type Operation, type Params, readParams, type TellError } from '../run/index.ts'
import { boundBrought } from './brought.ts'
import { eventOf } from './event.ts'
import { atExpiry } from './expiry.ts'
import type { Events, Subscribed, Subscriptions } from './subscriptions.ts'

/** GraphQL over Server-Sent Events, "distinct connections mode": a response that stays open for each subscription. */
export interface EventStreams {
  /** True when the request is being answered; anything but a subscription that can run is the pipeline's. */
  answer(req: LaneRequest, res: ServerResponse, schema: GraphQLSchema, context: RequestContext): Promise<boolean>
  /** Breaks off: clients try again then, which they would not at an end. */
  close(): void
}

export interface EventStreamsOptions {
  readonly subscriptions: Subscriptions
  readonly findDocument: FindDocument
  readonly open: (schema: GraphQLSchema, text: string) => Opened
  readonly tell: TellError
}

/** Milliseconds after which a stream without events sends a comment, so that proxies do not take it for dead. */
const pingEvery = 12_000

/** Milliseconds that a client has to take an event, and those for its bytes; one that takes nothing is left. */
const patience = 24_000
const leastRate = 64

/** Milliseconds that a client has to take the last event. */
const lastWords = 1000

const ping = ':\n\n'
const complete = 'event: complete\ndata:\n\n'

export function createEventStreams({ subscriptions, findDocument, open, tell }: EventStreamsOptions): EventStreams {
  const responses = new Set<ServerResponse>()

  async function send(res: ServerResponse, events: Events, { caller }: RequestContext): Promise<void> {
    const expired = tell(new PorticoError('UNAUTHENTICATED', { message: 'The token has expired.' }))
    const still = atExpiry(caller.claims, () => {
      void writeEvent(res, eventOf({ errors: [expired] }))
      void events.return()
      const late = setTimeout(() => res.destroy(), lastWords)
      res.once('close', () => clearTimeout(late))
    })
    const pings = setInterval(() => res.writableLength === 0 && res.write(ping), pingEvery)
    res.once('close', () => void events.return())
    try {
      for (let next = await events.next(); !next.done; next = await events.next()) {
        await writeEvent(res, next.value)
      }
      res.end(complete)
    } finally {
      still()
      clearInterval(pings)
    }
  }

  async function opened(operation: Operation, params: Params, context: RequestContext): Promise<Subscribed> {
    try {
      boundBrought(params)
      return await subscriptions.open(operation, context)
    } catch (error) {
      return { errors: [tell(error)] }
    }
  }

  return {
    async answer(req, res, schema, context) {
      const params = readParams(req)
      const text = params && findDocument(params)
      const { document } = typeof text === 'string' ? open(schema, text) : refused
      if (!params || !document) return false
      const { operationName, variables } = params
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) return false
      const { events, errors } = await opened({ schema, document, operationName, variables }, params, context)
      // Nothing asks for it again, and it would be kept as long as the stream.
      req.body = undefined
      res.writeHead(200, head)
      if (errors) {
        void writeEvent(res, eventOf({ errors }))
        res.end(complete)
        return true
      }
      // Of a client that has gone already nothing more is heard.
      if (res.closed || res.destroyed) {
        void events.return()
        return true
      }
      res.write(ping)
      responses.add(res)
      res.once('close', () => responses.delete(res))
      void send(res, events, context).catch(() => res.destroy())
      return true
    },
    close() {
      for (const res of responses) res.destroy()
    },
  }
}

const refused = { document: undefined }

const head = [
  ...['content-type', 'text/event-stream; charset=utf-8'],
  ...['cache-control', 'private, no-store, no-transform'],
  // Of proxies that would gather it first.
  ...['x-accel-buffering', 'no'],
]

/**
 * Resolves when the client has taken it, or has gone. The bytes are not copied: all who read the same share them.
 */
function writeEvent(res: ServerResponse, event: Buffer): Promise<void> {
  const slow = setTimeout(() => res.destroy(), patience + event.length / leastRate)
  res.write('event: next\ndata: ')
  res.write(event)
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(slow)
      res.off('close', done)
      resolve()
    }
    res.on('close', done)
    res.write('\n\n', done)
  })
}
