export { createDispatch, type Dispatch, type FetchService, type Verify } from './dispatch.ts'
export { createPassThrough } from './pass-through.ts'
export { createHttpServer, type HttpServer, type HttpServerOptions, type PassThrough } from './server.ts'
