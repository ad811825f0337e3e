/** A request of the Data API, and the hand-written SQL that answers it in the reference. */
export interface Operation {
  readonly name: string
  readonly about: string
  /** What follows `/rest/v1`, for the n-th request. */
  path(n: number): string
  readonly headers?: Readonly<Record<string, string>>
  /** The body of the n-th request, which a user of {@link userId} `user` makes; undefined for GET. */
  body?(n: number, user: number): string
  /** One statement that answers the whole body of the response as one text. */
  readonly sql: string
  /** The statement's parameters, as the reference finds them in the request. */
  parameters(search: string, body: string): readonly string[]
  /** Keys whose values the database makes up. */
  readonly free?: readonly string[]
}

export const list = (each: string) => `'[' || coalesce(string_agg(${each}, ','), '') || ']'`
