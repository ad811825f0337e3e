/**
 * The HTTP door: one server in front of every service. It settles what key and token mean, answers CORS, counts requests,
 * and has health, metrics and the front page.
 *
 * Begin at `routes.ts`, the table of what is where; `dispatch.ts` hands a request to a service. Tests: `test/app`.
 */
export type { Room } from './crowd.ts'
export type { DataApi } from './data-api-route.ts'
export { createDispatch, type Dispatch, type FetchService, type Verify } from './dispatch.ts'
export { type FrontPageLink, frontPage } from './front-page.ts'
export { createFunctionRoutes, type FunctionsFront } from './function-routes.ts'
export { createPassThrough } from './pass-through.ts'
export { type CountRequests, createRateLimit } from './rate-limit.ts'
export type { RealtimeFront } from './realtime-route.ts'
export { createRoutes, type PassThrough, type Routes } from './routes.ts'
export { type HttpServer, openHttpServer } from './server.ts'
