/** What is to be seen at the root of a backend in development: where everything is. */
export interface FrontPageLink {
  readonly name: string
  readonly url: string
  readonly what: string
}

/** The page as HTML. */
export function frontPage(links: readonly FrontPageLink[]): string {
  const rows = links.map(({ name, url, what }) => `<tr><td>${name}<td><a href="${url}">${url}</a><td>${what}`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Portico</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }
  td { padding: .3rem 1.2rem .3rem 0; vertical-align: top } td:first-child { font-weight: 600 }
</style>
<h1>Portico runs</h1>
<table>
${rows.join('\n')}
</table>
<p>Keys: <code>portico status</code></p>
`
}
