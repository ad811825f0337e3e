/** An operation, asked in GraphQL of Portico and as hand-written SQL of the references. */
export interface Operation {
  readonly name: string
  readonly about: string
  readonly document: string
  /** Those of the n-th request, which a user of `userId(user)` makes. */
  variables(n: number, user: number): Readonly<Record<string, unknown>>
  /** One statement that answers the whole body of the response as one text. */
  readonly sql: string
  /** Its parameters, as the references find them in the variables. */
  parameters(variables: Readonly<Record<string, unknown>>): readonly string[]
  /** How little Portico must cost: what a contender's processor time is of Portico's, at least. */
  readonly goals: Readonly<Partial<Record<ContenderName, number>>>
  /** The same asked of PostGraphile, with the same variables and the same values in its answer. */
  readonly postgraphile?: string
  /** Keys whose values the database makes up, or that are each contender's own. */
  readonly free?: readonly string[]
  /** How many requests are made up; 200 unless they are heavy. */
  readonly requests?: number
}

export type ContenderName = 'LIMIT' | 'raw' | 'PostGraphile'
