// Calls and answers as frames over one connection, many at a time: a call costs no HTTP on the way here and back, and what is
// ready in one turn goes in one write. The other side is ../carriers/frames.ts; what a frame is, docs/decisions/frames.md says.

const asks = { call: 1, callWithBody: 2, grant: 3, abort: 4 }
const answers = { head: 1, whole: 2, data: 3, end: 4, broken: 5, tooLong: 6 }
const HEAD = 9
const WINDOW = 128 * 1024
const PIECE = 32 * 1024
const MOST_HEAD = 64 * 1024

// What a function might replace later is kept now.
const { Request, Response } = globalThis
const decoder = new TextDecoder()
const encoder = new TextEncoder()
const none = new Uint8Array(0)
// Answers with these have no body.
const isBodiless = (status) => status === 204 || status === 205 || status === 304

// Deno's own server reads a body that is there as a whole where Deno keeps it, and hooks in there what happens when a client
// leaves. So do we; where a version of Deno keeps them elsewhere, all goes as streams and signals.
const symbolOf = (value, name) => Object.getOwnPropertySymbols(value).find(({ description }) => description === name)
const lazyBody = symbolOf(new Response('x'), 'lazy static body')
const innerResponse = symbolOf(new Response('x'), 'response')
const innerRequest = symbolOf(new Request('http://x'), 'request')

/** A response's body as a whole, text or bytes; undefined for a stream. */
function wholeOf(response) {
  const text = response[lazyBody]
  if (typeof text === 'string') return text
  const { streamOrStatic } = response[innerResponse]?.body ?? {}
  if (streamOrStatic?.consumed !== false) return undefined
  const { body } = streamOrStatic
  return typeof body === 'string' || body instanceof Uint8Array ? body : undefined
}

/** One call, as long as its answer takes. */
class Call {
  credit = WINDOW
  isHead = false
  /** The client has left. */
  isGone = false
  /** What is told when it does. */
  onGone
  /** Of the body that is sent, and what waits for room for more of it. */
  reader
  more
  #completed

  constructor(id) {
    this.id = id
  }

  /** Settles when the answer is out, or the client has left; made for those that ask. */
  get completed() {
    if (this.#completed === undefined) {
      this.#completed = Promise.withResolvers()
      // Where nobody listens, it is no error that ends the process.
      this.#completed.promise.catch(() => {})
    }
    return this.#completed.promise
  }

  complete() {
    this.#completed?.resolve()
  }

  leave() {
    this.isGone = true
    this.more?.()
    this.onGone?.()
    void this.reader?.cancel(gone()).catch(() => {})
    this.#completed?.reject(gone())
  }
}

/**
 * @param connection to Portico
 * @param answer what a request gets
 */
export async function speakFrames(connection, answer) {
  const calls = new Map()
  let out = new Uint8Array(64 * 1024)
  let view = new DataView(out.buffer)
  let spare = new Uint8Array(64 * 1024)
  let size = 0
  let isWriting = false

  function room(more) {
    if (size + more > out.length) {
      const larger = new Uint8Array(Math.max(size + more, 2 * out.length))
      larger.set(out.subarray(0, size))
      out = larger
      view = new DataView(out.buffer)
    }
    if (isWriting) return
    isWriting = true
    queueMicrotask(write)
  }

  async function write() {
    while (size > 0) {
      const [written, end] = [out, size]
      out = spare
      view = new DataView(out.buffer)
      size = 0
      for (let at = 0; at < end; ) at += await connection.write(written.subarray(at, end))
      spare = written.length > 1024 * 1024 ? new Uint8Array(64 * 1024) : written
    }
    isWriting = false
  }

  function begin(kind, id, bytes) {
    view.setUint32(size, bytes, true)
    view.setUint32(size + 4, id, true)
    view.setUint8(size + 8, kind)
    size += HEAD
  }

  function send(kind, id, bytes = none) {
    room(HEAD + bytes.length)
    begin(kind, id, bytes.length)
    out.set(bytes, size)
    size += bytes.length
  }

  function sendHead(kind, id, head, body) {
    const isText = typeof body === 'string'
    room(HEAD + 4 + 3 * (head.length + body.length))
    const start = size + HEAD + 4
    const { written } = encoder.encodeInto(head, out.subarray(start))
    let bytes = body.length
    if (isText) bytes = encoder.encodeInto(body, out.subarray(start + written)).written
    else out.set(body, start + written)
    begin(kind, id, 4 + written + bytes)
    view.setUint32(size, written, true)
    size = start + written + bytes
  }

  function requestOf(call, head, body) {
    const [method, url, ...lines] = head.split('\n')
    call.isHead = method === 'HEAD'
    const headers = []
    for (let i = 0; i < lines.length; i += 2) headers.push([lines[i], lines[i + 1]])
    const request = new Request(url, { method, headers, body })
    const inner = request[innerRequest]
    if (inner === undefined) return new Request(request, { signal: signalOf(call) })
    inner.onCancel = (abort) => {
      if (call.isGone) abort()
      else call.onGone = abort
    }
    return request
  }

  async function take(id, head, body) {
    const call = new Call(id)
    calls.set(id, call)
    try {
      const response = await answer(requestOf(call, head, body), call)
      await respond(call, response)
    } catch (error) {
      console.error(error)
      if (calls.has(id)) await respond(call, new Response('Internal Server Error', { status: 500 }))
    }
    call.complete()
  }

  async function respond(call, response) {
    const { id } = call
    const { status } = response
    if (call.isGone) return void response.body?.cancel().catch(() => {})
    if (response.bodyUsed) throw new TypeError('The body of the response was read already')
    const whole = wholeOf(response)
    let head = String(status)
    for (const [name, value] of response.headers) {
      if (whole === undefined || name !== 'content-length') head += `\n${name}\n${value}`
    }
    if (head.length > MOST_HEAD) {
      calls.delete(id)
      void response.body?.cancel().catch(() => {})
      return send(answers.tooLong, id)
    }
    const hasBody = !call.isHead && !isBodiless(status)
    if (whole !== undefined && (!hasBody || whole.length <= PIECE)) {
      calls.delete(id)
      if (hasBody) return sendHead(answers.whole, id, head, whole)
      return sendHead(answers.whole, id, `${head}\ncontent-length\n${lengthOf(whole)}`, none)
    }
    if (!hasBody || response.body === null) {
      calls.delete(id)
      void response.body?.cancel().catch(() => {})
      return sendHead(answers.whole, id, head, none)
    }
    const reader = response.body.getReader()
    call.reader = reader
    if (whole !== undefined) head += `\ncontent-length\n${lengthOf(whole)}`
    sendHead(answers.head, id, head, none)
    let kind = answers.end
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || call.isGone) break
        if (!(value instanceof Uint8Array)) throw new TypeError('A piece of a response is not bytes')
        await sendPieces(call, value)
      }
    } catch (error) {
      kind = answers.broken
      void reader.cancel(error).catch(() => {})
      if (!call.isGone) console.error(error)
    }
    if (calls.delete(id)) send(kind, id)
  }

  /** No more at a time than there is room for on the other side. */
  async function sendPieces(call, bytes) {
    for (let at = 0; at < bytes.length; ) {
      if (call.credit === 0)
        await new Promise((resolve) => {
          call.more = resolve
        })
      if (call.isGone) return
      const piece = bytes.subarray(at, at + Math.min(PIECE, call.credit))
      call.credit -= piece.length
      at += piece.length
      send(answers.data, call.id, piece)
    }
  }

  function leave(id) {
    const call = calls.get(id)
    if (call === undefined) return
    calls.delete(id)
    send(answers.end, id)
    call.leave()
  }

  function grant(id, bytes) {
    const call = calls.get(id)
    if (call === undefined) return
    call.credit += bytes
    call.more?.()
    call.more = undefined
  }

  // More than one call may have, which Portico keeps to.
  const received = new Uint8Array(256 * 1024)
  const given = new DataView(received.buffer)
  let have = 0
  for (;;) {
    const count = await connection.read(have === 0 ? received : received.subarray(have))
    if (count === null) return
    have += count
    let at = 0
    while (have - at >= HEAD) {
      const start = at + HEAD
      const end = start + given.getUint32(at, true)
      if (end > have) break
      const id = given.getUint32(at + 4, true)
      const kind = received[at + 8]
      if (kind === asks.grant) grant(id, given.getUint32(start, true))
      else if (kind === asks.abort) leave(id)
      else {
        const body = start + 4 + given.getUint32(start, true)
        const head = decoder.decode(received.subarray(start + 4, body))
        void take(id, head, kind === asks.callWithBody ? received.slice(body, end) : null)
      }
      at = end
    }
    if (at > 0) received.copyWithin(0, at, have)
    have -= at
  }
}

const gone = () => new DOMException('The client has left', 'AbortError')

function signalOf(call) {
  const controller = new AbortController()
  call.onGone = () => controller.abort(gone())
  return controller.signal
}

function lengthOf(body) {
  return typeof body === 'string' ? encoder.encode(body).length : body.length
}
