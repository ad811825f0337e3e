export { useNoIntrospection } from './introspection.ts'
export { defaultLimits, maxTokens, type OperationLimits, useLimits } from './limits.ts'
export { useNoSuggestions } from './no-suggestions.ts'
