import type { ServerResponse } from 'node:http'

/** What a request is answered instead of 202, in supabase/realtime's shapes. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super(`${status}`)
    this.status = status
    this.body = body
  }
}

export const unauthorized = () => new HttpRefusal(401, { message: 'Unauthorized' })

export function reply(res: ServerResponse, status: number, body?: object): void {
  if (body === undefined) return void res.writeHead(status, { 'content-length': '0' }).end()
  const text = JSON.stringify(body)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
  }
  res.writeHead(status, headers).end(text)
}
