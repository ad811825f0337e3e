export { createDispatch, type Dispatch, type FetchService, type Verify } from './dispatch.ts'
export { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts'
