import { NoSchemaIntrospectionCustomRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { introspectionOf } from '../introspection.ts'

/** Refuses introspection of a schema that tells nothing of itself. */
export function useIntrospectionSwitch(): Plugin {
  return {
    onValidate({ params, addValidationRule }) {
      if (!introspectionOf(params.schema)) addValidationRule(NoSchemaIntrospectionCustomRule)
    },
  }
}
