/**
 * Portico as a library: a whole backend inside your own process, for tests above all. See docs/library.md.
 *
 * @example
 * const app = await createApp(await loadConfig({ project: '.', ephemeral: true, port: 0, dbPort: 0, env: process.env }))
 * const response = await fetch(`${app.url}/graphql/v1?query={__typename}`)
 * await app.close()
 */
export { type App, type AppOptions, createApp } from '#app'
export { type Config, type LoadOptions, loadConfig } from '#config'
export { type ErrorCode, PorticoError } from '#errors'
export type { Observation, Observe } from '#observe'
