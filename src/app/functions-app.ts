import { createTokenVerifier } from '#auth'
import { type Config, listeningOn, serverUrl } from '#config'
import { createFunctions } from '#functions'
import { createFunctionRoutes, openHttpServer } from '#http'
import type { Observe } from '#observe'
import { localFunctions } from './local-functions.ts'
import { openThirdParty } from './third-party.ts'

/** A project's edge functions, and nothing else of its backend. */
export interface FunctionsApp {
  readonly url: string
  close(): Promise<void>
}

export async function createFunctionsApp(given: Config, observe: Observe): Promise<FunctionsApp> {
  const { host, port } = given.http
  const server = await openHttpServer({ host, port, observe })
  const config = port === 0 ? listeningOn(given, server.port) : given
  const { keys, auth, database } = config
  const thirdParty = openThirdParty(config, observe)
  const verifier = createTokenVerifier({ secret: keys.jwtSecret, keys: auth.signingKeys, thirdParty: thirdParty.keys })
  const databaseUrl =
    database.kind === 'external'
      ? database.url
      : `postgresql://postgres:${encodeURIComponent(keys.databasePassword)}@127.0.0.1:${database.port}/postgres`
  const functions = createFunctions({
    config,
    verify: (token) => verifier.verify(token),
    observe,
    ...(await localFunctions(config, databaseUrl)),
  })
  server.serve(createFunctionRoutes(functions, keys))
  void functions.warm()
  void thirdParty.warm()
  return {
    url: serverUrl(host, server.port),
    async close() {
      await server.close()
      await functions.close()
    },
  }
}
