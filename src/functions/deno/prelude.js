// The first code of every edge function's process. It runs in Deno, not in Node, and loads the function's bundle.
//
// Portico speaks to it over standard input (lines of JSON: perhaps that it has time to rehearse, then what to load, later why
// it will have to leave; end of file: leave) and listens on standard output, where a line that starts with RECORD is one of ours and any other line is the function's own writing.
// See ../worker/deno-process.ts for the other side.

import './machine.js'
import { openTemporaryFiles } from './temporary-files.js'

const [socketPath, scratch, bundles, ...folders] = Deno.args
const RECORD = '\u001e'
const MAX_LOG = 10_000

// What a function might replace later is kept now.
const { exit, inspect, permissions, stdout } = Deno
const listen = Deno.serve.bind(Deno)
const input = Deno.stdin.readable.getReader()
const encoder = new TextEncoder()
const stringify = JSON.stringify
const isResponse = (value) => value instanceof Response

/** Writes synchronously: a function that floods its log waits for Portico instead of filling its own memory. */
function send(record) {
  let bytes = encoder.encode(`${RECORD}${stringify(record)}\n`)
  while (bytes.length > 0) bytes = bytes.subarray(stdout.writeSync(bytes))
}

for (const [method, level] of Object.entries({
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
})) {
  console[method] = (...values) => {
    send({ type: 'log', level, message: format(values).slice(0, MAX_LOG) })
  }
}

/** The console's `%s`, `%d` … and then the rest, as a terminal would show them without colours. */
function format([first, ...rest]) {
  const show = (value) => (typeof value === 'string' ? value : inspect(value))
  const text =
    typeof first === 'string'
      ? first.replace(/%([sdifjoOc%])/g, (directive, kind) => {
          if (kind === '%') return '%'
          if (rest.length === 0) return directive
          const value = rest.shift()
          if (kind === 'c') return ''
          if (kind === 's') return String(value)
          return 'dif'.includes(kind) ? String(kind === 'i' ? Math.trunc(Number(value)) : Number(value)) : show(value)
        })
      : show(first)
  return [text, ...rest.map(show)].join(' ')
}

let handler
let onError
let announceHandler
const handlerGiven = new Promise((resolve) => {
  announceHandler = resolve
})

const address = { transport: 'tcp', hostname: '0.0.0.0', port: 9999 }

/** Takes the place of `Deno.serve`: the process already listens, so this only learns what answers. */
function serve(first, second) {
  const options = typeof first === 'function' ? {} : (first ?? {})
  handler = typeof first === 'function' ? first : (second ?? options.handler)
  if (typeof handler !== 'function') throw new TypeError('Deno.serve needs a handler')
  onError = options.onError
  options.onListen?.(address)
  announceHandler()
  const finished = new Promise(() => {})
  return {
    addr: address,
    finished,
    ref() {},
    unref() {},
    async shutdown() {},
    async [Symbol.asyncDispose]() {},
  }
}
Object.defineProperty(Deno, 'serve', { value: serve })

// Of Node's servers the first that listens answers, where there is no handler: on a socket of its own, which Portico then speaks to.
let nodeServer = false
function serveByNode(listenOn) {
  if (handler !== undefined || nodeServer) return false
  nodeServer = true
  listenOn(announceHandler)
  return true
}

/** Makes those of Node's modules ready that are other here. */
async function adapt(modules) {
  if (modules.includes('fs') || modules.includes('os')) {
    const { adaptModules } = await import('./node-modules.js')
    adaptModules()
  }
  if (modules.includes('http')) {
    const { adaptServers } = await import('./node-servers.js')
    adaptServers({ socket: `${scratch}/node.sock`, take: serveByNode, begin })
  }
}

// Work that goes on after the response: Portico keeps the process while any is left.
let background = 0
function waitUntil(promise) {
  background += 1
  if (background === 1) send({ type: 'background', busy: true })
  Promise.resolve(promise)
    .catch((error) => console.error(error))
    .finally(() => {
      background -= 1
      if (background === 0) send({ type: 'background', busy: false })
    })
  return promise
}
globalThis.EdgeRuntime = Object.freeze({ waitUntil })

class Session {
  constructor(model) {
    this.model = model
  }

  async run(prompt, options) {
    const { run } = await import('./ai.js')
    return await run(this.model, prompt, options)
  }
}
globalThis.Supabase = Object.freeze({ ai: Object.freeze({ Session }) })

// Both would outlive the process, and neither is denied by a flag.
delete globalThis.localStorage
delete globalThis.caches

// As in Supabase's runtime, an error or a rejection that nobody handles ends the process, and with it all of its requests, unless
// the function listens and prevents it (supabase/edge-runtime, ext/runtime/js/promises.js and crates/base/src/worker/worker_inner.rs).
// A request that reaches the socket of a process about to end is not lost: Portico learns how many were begun before.
let begun = 0
let isLeaving = false
function leaving() {
  isLeaving = true
  send({ type: 'leaving', begun })
}
for (const event of ['unload', 'error', 'unhandledrejection']) addEventListener(event, leaving)

/** What Deno tells of a request, but for the socket that it came over. Few ask when it is completed, which costs Deno a promise. */
class HandlerInfo {
  #info
  remoteAddr = { transport: 'tcp', hostname: '127.0.0.1', port: 0 }

  constructor(info) {
    this.#info = info
  }

  get completed() {
    return this.#info.completed
  }
}

function begin() {
  begun += 1
  if (!isLeaving) return
  isLeaving = false
  send({ type: 'staying' })
}

async function answer(request, info) {
  if (handler === undefined) return new Response(null, { status: 503 })
  begin()
  try {
    const response = await handler(request, new HandlerInfo(info))
    if (isResponse(response)) return response
    console.error(new TypeError('The handler did not return a Response'))
    return new Response('Bad Gateway', { status: 502 })
  } catch (error) {
    return await answerTo(error)
  }
}

async function answerTo(error) {
  try {
    if (onError !== undefined) return await onError(error)
  } catch (another) {
    return internalServerError(another)
  }
  return internalServerError(error)
}

function internalServerError(error) {
  console.error(error)
  return new Response('Internal Server Error', { status: 500 })
}

/**
 * What a handler throws does not come here: Deno tells this of a stream that failed after its response had begun, and then ends that
 * response's connection; Portico learns that the process goes on. It tells of a body that was read before, too: there this answers.
 */
function streamFailed(error) {
  send({ type: 'stream-failed' })
  return internalServerError(error)
}

listen({ transport: 'unix', path: socketPath, onListen() {}, onError: streamFailed }, answer)

// Nothing that is not the function's own is left in reach: no file may be written but its own, not even our socket.
openTemporaryFiles(`${scratch}/tmp`, bundles)
permissions.revokeSync({ name: 'write', path: socketPath })
permissions.revokeSync({ name: 'read', path: socketPath })
for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name)

send({ type: 'up' })
const lines = readLines()
let { value: assignment } = await lines.next()
if (assignment?.rehearse) {
  const { rehearse } = await import('./rehearsal.js')
  await rehearse()
  send({ type: 'rehearsed' })
  assignment = (await lines.next()).value
}
if (assignment === undefined) exit(0)
void followOrders()

for (const folder of folders) if (folder !== assignment.folder) permissions.revokeSync({ name: 'read', path: folder })
for (const [name, value] of Object.entries(assignment.env)) Deno.env.set(name, value)
try {
  await adapt(assignment.adapted)
  const module = await import(assignment.entry)
  if (handler === undefined && typeof module.default?.fetch === 'function') {
    serve((request, info) => module.default.fetch(request, info))
  }
  await handlerGiven
  send(nodeServer ? { type: 'ready', socket: 'node' } : { type: 'ready' })
} catch (error) {
  send({ type: 'threw', message: inspect(error).slice(0, MAX_LOG) })
}

async function* readLines() {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { value, done } = await input.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield JSON.parse(text.slice(0, end))
      text = text.slice(end + 1)
    }
  }
}

/** A line says why the process will leave, which the function may want to know; the end, that Portico closed the pipe or is gone. */
async function followOrders() {
  let told = false
  const unload = (reason) => {
    if (!told) globalThis.dispatchEvent(new CustomEvent('beforeunload', { detail: { reason } }))
    told = true
  }
  for await (const { reason } of lines) unload(reason)
  unload('termination')
  exit(0)
}
