/** Portico as a library: a backend inside your own process. */
export { type App, type AppOptions, createApp } from '#app'
export { type Config, type LoadOptions, loadConfig } from '#config'
export { type ErrorCode, PorticoError } from '#errors'
export type { Observation, Observe } from '#observe'
