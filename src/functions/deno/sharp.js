// Stands in for the package `sharp`: the same, as WebAssembly, from beside the bundle. What it makes lies in memory that
// its threads share, which neither a Response nor a Blob takes: it is copied out of there.
import { createRequire } from 'node:module'

const loaded = createRequire(import.meta.url)('sharp')
const sharp = loaded.default ?? loaded
const { toBuffer, push } = sharp.prototype

const own = (bytes) => (bytes?.buffer instanceof SharedArrayBuffer ? Buffer.from(bytes) : bytes)
const ownResult = (result) => (result?.data ? { ...result, data: own(result.data) } : own(result))

const told = (callback) =>
  typeof callback === 'function' ? (error, data, info) => callback(error, own(data), info) : callback

sharp.prototype.toBuffer = function (options, callback) {
  const made = toBuffer.call(this, told(options), told(callback))
  return made instanceof Promise ? made.then(ownResult) : made
}
sharp.prototype.push = function (chunk, ...more) {
  return push.call(this, own(chunk), ...more)
}

export default sharp
