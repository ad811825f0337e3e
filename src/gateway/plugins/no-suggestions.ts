import type { Plugin } from 'graphql-yoga'

/** Takes "Did you mean …" out of validation errors. */
export function useNoSuggestions(): Plugin {
  return {
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (valid) return
        setResult((result as readonly Error[]).map(withoutSuggestion))
      }
    },
  }
}

/** With introspection off, suggestions would spell the schema out. */
export function withoutSuggestion<E extends Error>(error: E): E {
  error.message = error.message.replace(/ ?Did you mean .*$/s, '')
  return error
}
