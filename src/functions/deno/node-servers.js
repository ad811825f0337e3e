// Loaded where a bundle names `node:http`: Express, Fastify, ws and all others that listen by themselves.

import { IncomingMessage, Server } from 'node:http'

/**
 * Has the first of Node's servers that listens, wherever it means to, answer the function's calls; it listens on `socket`.
 *
 * @param take told how to listen; answers whether it has, or the function has a handler already, and this server hears nothing
 * @param begin called for each request
 */
export function adaptServers({ socket, take, begin }) {
  const { listen } = Server.prototype
  Server.prototype.listen = function (...values) {
    const told = values.find((value) => typeof value === 'function')
    const wanted = typeof values[0] === 'object' ? values[0]?.port : values[0]
    const port = Number(wanted) || 8000
    this.address = () => ({ address: '0.0.0.0', family: 'IPv4', port })
    const isFirst = take((listening) => listen.call(this, socket, listening))
    if (told) this.once('listening', told)
    if (!isFirst) queueMicrotask(() => this.emit('listening'))
    // How long a request may take is Portico's to say.
    Object.assign(this, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    hear(this, begin)
    return this
  }
}

/** A request's target is a whole URL on its way here; Node's servers know it without its origin. */
function hear(server, begin) {
  const { emit } = server
  server.emit = function (event, first, ...rest) {
    if (first instanceof IncomingMessage) {
      first.url = first.url.replace(/^https?:\/\/[^/]*/, '')
      begin()
    }
    return emit.call(this, event, first, ...rest)
  }
}
