import type { Plugin } from 'graphql-yoga'

/** Takes "Did you mean …" out of validation errors: with introspection off they would spell the schema out. */
export function useNoSuggestions(): Plugin {
  return {
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (valid) return
        const errors = [...(result as readonly Error[])]
        for (const error of errors) error.message = error.message.replace(/ ?Did you mean .*$/s, '')
        setResult(errors)
      }
    },
  }
}
