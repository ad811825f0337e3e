import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { GraphqlConfig } from '#config'
import type { Bytes } from '#database'
import type { RequestContext, ResolverContext } from './context.ts'
import { graphiqlOptions, renderGraphiql } from './graphiql.ts'
import {
  type Uploaded,
  useFindDocument,
  useIntrospectionSwitch,
  useLenientVariables,
  useLimits,
  useNoSuggestions,
  usePackedPage,
  useQueryString,
  useUploads,
} from './plugins/index.ts'
import type { FindDocument } from './requests/index.ts'
import { createParseErrors, type Documents, type Executor, type TellError } from './run/index.ts'

export interface PipelineOptions {
  readonly mode: 'development' | 'production'
  readonly settings: GraphqlConfig
  readonly publishableKey: string
  readonly executor: Executor
  readonly documents: Documents
  readonly findDocument: FindDocument
  /** What resolvers are given. */
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
}

/** What a request is answered with. */
export interface PipelineContext extends RequestContext, Uploaded {
  readonly schema: GraphQLSchema
}

/** GraphQL Yoga: every kind of request that GraphQL over HTTP knows, by the specification. */
export interface Pipeline {
  handle(req: IncomingMessage, res: ServerResponse, context: PipelineContext): Promise<void>
  /** The same through the Fetch API, for whoever is in this process. */
  fetch(request: Request, context: PipelineContext): Promise<Response>
  /** Parses and validates, by every rule there is. */
  open(schema: GraphQLSchema, text: string): Opened
}

/** A document that may run, or why it may not. */
export type Opened =
  | { readonly document: DocumentNode; readonly errors?: never }
  | { readonly errors: readonly GraphQLError[]; readonly document?: never }

const graphqlPath = '/graphql/v1'

export function createPipeline(options: PipelineOptions): Pipeline {
  const { mode, settings, publishableKey, executor, documents, findDocument, contextOf, tell } = options

  const engine: Plugin<RequestContext & ResolverContext> = {
    onEnveloped: ({ context, setSchema }) => setSchema((context as unknown as PipelineContext).schema),
    onParse({ setParseFn }) {
      setParseFn((source: Parameters<typeof parse>[0], given: object) =>
        parse(source, { ...given, maxTokens: settings.maxTokens }),
      )
      // As Yoga says of what it parses for a request; errors are kept, whoever asked.
      return ({ result }) => {
        if (!(result instanceof GraphQLError)) return
        Object.assign(result.extensions, { code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } })
      }
    },
    onExecute({ args, setExecuteFn }) {
      documents.keep(args.document)
      setExecuteFn(executor.execute as never)
    },
    // Those that can be answered are not asked here.
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(() => ({ errors: [needsStream()] })),
  }
  const yoga = createYoga<PipelineContext, ResolverContext>({
    graphqlEndpoint: graphqlPath,
    context: contextOf,
    plugins: [
      ...(mode === 'development' ? [usePackedPage()] : []),
      useQueryString(),
      useUploads(),
      useFindDocument(findDocument),
      useLenientVariables(),
      useLimits(settings),
      engine,
      useIntrospectionSwitch(),
      ...(settings.introspection ? [] : [useNoSuggestions()]),
    ],
    parserAndValidationCache: { documentCache: documents, errorCache: createParseErrors() },
    maskedErrors: { maskError: tell },
    graphiql:
      mode === 'development' &&
      ((_request, context) => graphiqlOptions(publishableKey, (context as PipelineContext).schema)),
    renderGraphiQL: renderGraphiql,
    landingPage: false,
    // The HTTP door answers CORS and bounds bodies for every service alike.
    cors: false,
    extraParamNames: ['documentId'],
    batching: { limit: settings.maxBatch },
    // Read before the pipeline begins, into files.
    multipart: false,
    maxRequestBodySize: false,
    healthCheckEndpoint: `${graphqlPath}/health`,
    logging: false,
  })

  return {
    async handle(req, res, context) {
      const held: Bytes[] = []
      // A copy of them waits for the client until then, and counts as long as they do.
      res.once('close', () => {
        for (const bytes of held) bytes.release()
      })
      await yoga(req, res, { ...context, held } as PipelineContext)
    },
    fetch: async (request, context) => await yoga.fetch(request, context),
    open(schema, text) {
      const { parse, validate } = yoga.getEnveloped({ schema } as never)
      try {
        const document = parse(text) as DocumentNode
        const errors = validate(schema, document) as readonly GraphQLError[]
        return errors.length === 0 ? { document } : { errors: errors.map(withoutStatus) }
      } catch (error) {
        return { errors: [withoutStatus(tell(error))] }
      }
    },
  }
}

/** What is told elsewhere than in a response has none. */
function withoutStatus(error: GraphQLError): GraphQLError {
  const { nodes = null, source = null, positions = null } = error
  const { http, ...extensions } = error.extensions
  return new GraphQLError(error.message, { nodes, source, positions, extensions })
}

function needsStream(): GraphQLError {
  const message =
    'A subscription is a stream: "Accept: text/event-stream", or a WebSocket that speaks graphql-transport-ws.'
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } })
}
