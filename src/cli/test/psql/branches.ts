interface Branch {
  /** Whether what stands in it counts. */
  active: boolean
  /** Whether a later branch of the same `\if` may count. */
  open: boolean
}

/** `\if`, `\elif`, `\else`, `\endif`, one in another. */
export class Branches {
  readonly #stack: Branch[] = []

  get active(): boolean {
    return this.#stack.every(({ active }) => active)
  }

  /** Takes one of the four; false for any other command. @throws Error for one that fits nothing. */
  take(name: string, condition: () => boolean): boolean {
    const current = this.#stack.at(-1)
    if (name === 'if') {
      const active = this.active && condition()
      this.#stack.push({ active, open: this.active && !active })
    } else if (name !== 'elif' && name !== 'else' && name !== 'endif') {
      return false
    } else if (!current) {
      throw new Error(`\\${name}: no matching \\if`)
    } else if (name === 'endif') {
      this.#stack.pop()
    } else {
      current.active = current.open && (name === 'else' || condition())
      current.open &&= !current.active
    }
    return true
  }

  /** @throws Error if one was not ended. */
  end(): void {
    if (this.#stack.length > 0) throw new Error('reached the end of the file without the closing \\endif')
  }
}
