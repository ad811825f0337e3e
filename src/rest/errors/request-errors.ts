import { RestError } from './rest-error.ts'

/** A part of the query string that cannot be read. */
export const badQuery = (message: string, details: string) => new RestError(400, 'PGRST100', message, { details })

export const badRpcMethod = (method: string) => new RestError(405, 'PGRST101', `Cannot use the ${method} method on RPC`)

export const badBody = (message: string) => new RestError(400, 'PGRST102', message)

export const badRange = (details: string, headers = {}) =>
  new RestError(416, 'PGRST103', 'Requested range not satisfiable', { details, headers })

export const outOfRange = (offset: number, total: number) =>
  badRange(`An offset of ${offset} was requested, but there are only ${total} rows.`, { 'content-range': `*/${total}` })

export const badPutFilters = () =>
  new RestError(405, 'PGRST105', "Filters must include all and only primary key columns with 'eq' operators")

export const unknownSchema = (schema: string, schemas: readonly string[]) =>
  new RestError(406, 'PGRST106', `Invalid schema: ${schema}`, {
    hint: `Only the following schemas are exposed: ${schemas.join(', ')}`,
  })

export const noMediaType = (accepted: readonly string[]) =>
  new RestError(406, 'PGRST107', `None of these media types are available: ${accepted.join(', ')}`)

export const notEmbedded = (name: string) =>
  new RestError(400, 'PGRST108', `'${name}' is not an embedded resource in this request`, {
    hint: `Verify that '${name}' is included in the 'select' query parameter.`,
  })

export const badResponseHeaders = () =>
  new RestError(
    500,
    'PGRST111',
    'response.headers guc must be a JSON array composed of objects with a single key and a string value',
  )

export const badResponseStatus = () => new RestError(500, 'PGRST112', 'response.status guc must be a valid status code')

export const putLimit = () =>
  new RestError(400, 'PGRST114', 'limit/offset querystring parameters are not allowed for PUT')

export const putMismatch = () =>
  new RestError(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)')

export const notSingle = (rows: number) =>
  new RestError(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', {
    details: `The result contains ${rows} rows`,
  })

export const badMethod = (method: string) => new RestError(405, 'PGRST117', `Unsupported HTTP method: ${method}`)

export const orderNotToOne = (from: string, to: string) =>
  new RestError(400, 'PGRST118', `A related order on '${to}' is not possible`, {
    details: `'${from}' and '${to}' do not form a many-to-one or one-to-one relationship`,
  })

export const badPreferences = (names: readonly string[]) =>
  new RestError(400, 'PGRST122', 'Invalid preferences given with handling=strict', {
    details: `Invalid preferences: ${names.join(', ')}`,
  })

export const noAggregates = () => new RestError(400, 'PGRST123', 'Use of aggregate functions is not allowed')

export const tooManyAffected = (rows: number) =>
  new RestError(400, 'PGRST124', 'Query result exceeds max-affected preference constraint', {
    details: `The query affects ${rows} rows`,
  })

export const badPath = () => new RestError(404, 'PGRST125', 'Invalid path specified in request URL')

export const openApiDisabled = () => new RestError(404, 'PGRST126', 'Root endpoint metadata is disabled')

export const notImplemented = (details: string) =>
  new RestError(400, 'PGRST127', 'Feature not implemented', { details })

export const maxAffectedOnSingle = () =>
  new RestError(
    400,
    'PGRST128',
    'Function must return SETOF or TABLE when max-affected preference is used with handling=strict',
  )

export const badToken = (message: string, code = 'PGRST301', details: string | null = null) =>
  new RestError(401, code, message, {
    details,
    headers: {
      'www-authenticate': `Bearer error="invalid_token", error_description=${JSON.stringify(message)}`,
    },
  })

export const noAnonymousAccess = () =>
  new RestError(401, 'PGRST302', 'Anonymous access is disabled', { headers: { 'www-authenticate': 'Bearer' } })

export const bodyTooLarge = () => new RestError(413, 'PAYLOAD_TOO_LARGE', 'The request body is too large.')

export const urlTooLong = () => new RestError(414, 'URI_TOO_LONG', 'The URL is too long.')
