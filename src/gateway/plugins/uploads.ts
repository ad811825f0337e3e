import type { GraphQLParams, Plugin } from 'graphql-yoga'

/** The operations of a multipart request, which were read before the pipeline began. */
export interface Uploaded {
  readonly uploaded?: object
}

export function useUploads(): Plugin<object, Uploaded> {
  return {
    onRequestParse({ serverContext: { uploaded }, setRequestParser }) {
      if (uploaded) setRequestParser(() => uploaded as GraphQLParams)
    },
  }
}
