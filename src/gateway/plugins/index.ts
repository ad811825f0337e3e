export { useNoIntrospection } from './introspection.ts'
export { defaultLimits, maxTokens, useLimits } from './limits.ts'
export { useNoSuggestions, withoutSuggestion } from './no-suggestions.ts'
