import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** How long, in milliseconds, what is left of a body is read after its answer. */
const patience = 30_000

type Head = OutgoingHttpHeaders | OutgoingHttpHeader[] | string | undefined

/** What every request is answered with, whoever answers it. */
export class DoorResponse<Asked extends IncomingMessage = IncomingMessage> extends ServerResponse<Asked> {
  /** name, value, name, value … */
  #always: string[] = []

  /** Headers of the answer (name, value, name, value …), unless whoever makes it says otherwise. */
  always(headers: readonly string[]): void {
    this.#always.push(...headers)
  }

  /** Sets the headers that were said so far, for whoever wants to look at them. */
  settle(): void {
    const headers = this.#always
    this.#always = []
    for (let i = 0; i < headers.length; i += 2) {
      const [name = '', value = ''] = [headers[i], headers[i + 1]]
      if (!this.hasHeader(name)) this.setHeader(name, value)
    }
  }

  /**
   * An answer may come before the body has been read, an upload that is refused say. What follows on the connection is
   * then the rest of that body, and the client must not send its next request behind it. It is read, and thrown away: a
   * connection that is closed with something unread takes the answer with it.
   */
  override writeHead(status: number, ...head: Head[]): this {
    const [headers] = head
    const cut = this.req.complete ? [] : ['connection', 'close']
    if (cut.length > 0) lingers(this.req)
    // A list goes out as it stands; headers that are set one by one are filed first.
    if (Array.isArray(headers)) return super.writeHead(status, this.#with(headers as string[], cut))
    this.settle()
    if (cut.length > 0) this.setHeader('connection', 'close')
    return super.writeHead(...([status, ...head] as [number]))
  }

  /** All lists; what of those of every answer is in the one given is taken from there alone. */
  #with(headers: readonly string[], cut: readonly string[]): string[] {
    const all = [...headers, ...cut]
    const always = this.#always
    for (let i = 0; i < always.length; i += 2) {
      const [name = '', value = ''] = [always[i], always[i + 1]]
      if (!names(headers, name)) all.push(name, value)
    }
    return all
  }
}

/** What Node closes a connection with after its last answer, but once the request has ended too. */
function lingers(req: IncomingMessage): void {
  const { socket } = req
  const { destroySoon } = socket
  socket.destroySoon = () => {
    if (req.readableEnded || req.destroyed) return destroySoon.call(socket)
    socket.end()
    const late = setTimeout(() => socket.destroy(), patience)
    socket.once('close', () => clearTimeout(late))
    req.once('close', () => destroySoon.call(socket)).resume()
  }
}

function names(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.length === name.length && headers[i]?.toLowerCase() === name) return true
  }
  return false
}
