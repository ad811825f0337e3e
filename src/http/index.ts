export { createDispatch, type Dispatch, type FetchService, type Verify } from './dispatch.ts'
export { createPassThrough } from './pass-through.ts'
export { createRoutes, type DataApi, type FunctionsFront, type PassThrough, type Routes } from './routes.ts'
export { type HttpServer, openHttpServer } from './server.ts'
