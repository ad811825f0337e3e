/** No key fits what the token's header says. */
export class NoKeyError extends Error {
  override readonly name = 'NoKeyError'

  constructor() {
    super('no key fits the token')
  }
}

/** The remote keys could not be fetched: nothing can be said about the token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'

  constructor(options?: ErrorOptions) {
    super('the remote keys could not be fetched', options)
  }
}
