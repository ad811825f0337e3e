import type { ValueRef } from './request.ts'

/** Gathers the values of a request, each named by its place. */
export class Values {
  readonly all: string[] = []

  add(value: string): ValueRef {
    return this.all.push(value) - 1
  }
}
