export interface Address {
  readonly name: string
  readonly address: string
}

export interface Attachment {
  readonly name: string
  readonly type: string
  readonly content: Buffer
}

/** A mail that the inbox keeps, read. */
export interface Message {
  readonly id: string
  readonly receivedAt: Date
  readonly messageId: string
  readonly from: Address
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly attachments: readonly Attachment[]
  /** As it came over the wire. */
  readonly raw: Buffer
}
