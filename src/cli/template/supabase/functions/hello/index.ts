// An edge function, run by Deno: POST /functions/v1/hello {"name": "Ada"}
Deno.serve(async (request) => {
  const { name = 'world' } = await request.json().catch(() => ({}))
  return Response.json({ message: `Hello, ${name}!` })
})
