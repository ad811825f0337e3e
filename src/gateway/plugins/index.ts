export { useNoIntrospection } from './introspection.ts'
export { defaultLimits, maxTokens, useLimits } from './limits.ts'
export { useNoSuggestions } from './no-suggestions.ts'
