// Stands in for modules that hold only types, such as `jsr:@supabase/functions-js/edge-runtime.d.ts`.
export {}
