import type { RestRequest } from '../request/index.ts'

/** Everything of a request that its plan depends on: requests of one shape differ in values alone. */
export function shapeOf(request: RestRequest): string {
  const { values, parameters, canonical, ...query } = request.query
  return JSON.stringify({
    ...request,
    query: { ...query, parameters: parameters.map(([name]) => name) },
    payload: request.payload && { shape: request.payload.shape, keys: request.payload.keys },
  })
}
