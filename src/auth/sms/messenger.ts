/** A text message to a phone. */
export interface Message {
  /** E.164 without the plus sign. */
  readonly phone: string
  readonly text: string
  /** The code that the text holds, for providers with forms of their own. */
  readonly code: string
  readonly channel: Channel
}

export type Channel = 'sms' | 'whatsapp'

/** Whatever carries text messages. */
export interface Messenger {
  /** Resolves with the provider's id of the message, or rejects. */
  send(message: Message): Promise<string>
  readonly channels: readonly Channel[]
  /**
   * Set where the provider makes codes of its own, and tells whether one is right; it takes each once. Rejects where it
   * cannot be asked.
   */
  readonly check?: (phone: string, code: string) => Promise<boolean>
}
