export { useNoIntrospection } from './introspection.ts'
export { useLenientVariables } from './lenient-variables.ts'
export { defaultLimits, maxTokens, useLimits } from './limits.ts'
export { useNoSuggestions, withoutSuggestion } from './no-suggestions.ts'
