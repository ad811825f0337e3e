/** A mail as whoever writes it hands it in. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly html: string
}

/** Who mails are from. */
export interface Sender {
  readonly address: string
  readonly name: string
}

/** Whatever delivers mails. */
export interface MailCarrier {
  /** Resolves once the mail is accepted for delivery, rejects when it is not. */
  send(mail: Mail): Promise<void>
  close(): Promise<void>
}
