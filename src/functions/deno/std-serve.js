// Stands in for `https://deno.land/std/http/server.ts`, which functions written before `Deno.serve` import.
export function serve(handler, options = {}) {
  return Deno.serve(options, handler).finished
}
