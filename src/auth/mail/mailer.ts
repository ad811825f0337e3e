/** A letter as it leaves Auth. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly html: string
}

/** Whatever delivers mails. */
export interface Mailer {
  /** Resolves once the mail is accepted for delivery, rejects when it is not. */
  send(mail: Mail): Promise<void>
}
