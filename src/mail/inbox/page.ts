import { html, raw } from 'hono/html'
import type { Message } from './message.ts'

type Html = ReturnType<typeof html>

/** The mails there are, for people. */
export function listPage(messages: readonly Message[], isRead: (id: string) => boolean): Html {
  const row = ({ id, to, subject, receivedAt }: Message) => html`
    <tr class="${isRead(id) ? '' : 'new'}">
      <td><a href="/view/${id}">${subject || '(no subject)'}</a></td>
      <td>${to.map(({ address }) => address).join(', ')}</td>
      <td><time>${clockTime(receivedAt)}</time></td>
    </tr>`
  return page(
    'Inbox',
    messages.length === 0
      ? html`<p>No mail yet. What this backend sends in development arrives here.</p>`
      : html`<table><thead><tr><th>Subject</th><th>To</th><th>Received</th></tr></thead>
          <tbody>${messages.map(row)}</tbody></table>`,
    messages.length > 0 ? html`<form method="post" action="/clear"><button>Delete all</button></form>` : '',
  )
}

/** One mail. Its HTML is shown in a frame that may run nothing; its links open beside. */
export function messagePage({ id, subject, from, to, receivedAt, html: body, text }: Message): Html {
  return page(
    subject || '(no subject)',
    html`<p class="facts">From ${from.name} &lt;${from.address}&gt; to ${to.map(({ address }) => address).join(', ')},
        <time>${clockTime(receivedAt)}</time> · <a href="/view/${id}.txt">as text</a></p>
      ${
        body === ''
          ? html`<pre>${text}</pre>`
          : html`<iframe title="the mail" src="/view/${id}.html" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`
      }`,
    html`<a href="/">All mails</a>`,
  )
}

/** The mail's own HTML, whose links must not replace the frame it is shown in. */
export function framedHtml({ html: body }: Message): string {
  return `<base target="_blank">${body}`
}

function page(title: string, content: Html, action: Html | ''): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${raw(style)}</style>
      </head>
      <body><header><h1>${title}</h1>${action}</header>${content}</body>
    </html>`
}

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem }
  h1 { font-size: 1.3rem; overflow-wrap: anywhere }
  table { width: 100%; border-collapse: collapse }
  th, td { text-align: left; padding: .5rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
  .new a { font-weight: 600 }
  .facts { opacity: .75 }
  iframe { width: 100%; height: 70vh; border: 1px solid #8884; border-radius: 6px; background: #fff }
  pre { white-space: pre-wrap }`

function clockTime(date: Date): string {
  return date.toISOString().replace('T', ' ').slice(0, 19)
}
