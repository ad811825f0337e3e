import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSmtpCarrier, type Inbox, openInbox } from '#mail'
import { silent } from '#observe'

const sender = { address: 'admin@email.com', name: 'Admin' }
let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox({ port: 0, smtpPort: 0, sender, observe: silent })
})
afterAll(() => inbox.close())

const get = (path: string, init?: RequestInit) => fetch(inbox.url + path, init)
const json = async (path: string) => await (await get(path)).json()
const clear = () => get('/api/v1/messages', { method: 'DELETE' })
beforeEach(async () => {
  await clear()
  for (const name of ['ada', 'bob+work', 'ada']) {
    const html = `<p>Hello <a href="https://example.com/in?a=1&amp;b=2">${name}</a>, 123456</p>`
    await inbox.send({ to: `${name}@example.com`, subject: `Für ${name}`, html })
  }
})

describe("Mailpit's API", () => {
  test('lists mails, the latest first', async () => {
    expect(await json('/api/v1/messages?limit=1&start=1')).toMatchObject({
      total: 3,
      unread: 3,
      count: 1,
      start: 1,
      messages: [
        {
          Subject: 'Für bob+work',
          From: { Name: 'Admin', Address: 'admin@email.com' },
          To: [{ Address: 'bob+work@example.com' }],
          Read: false,
          Snippet: expect.stringContaining('123456'),
        },
      ],
    })
  })

  test('finds and shows one, which is read from then on', async () => {
    const { messages } = await json('/api/v1/search?query=to:bob')
    expect(messages).toHaveLength(1)
    const mail = await json(`/api/v1/message/${messages[0].ID}`)
    expect(mail).toMatchObject({
      Subject: 'Für bob+work',
      HTML: expect.stringContaining('&amp;b=2'),
      Text: expect.stringContaining('https://example.com/in?a=1&b=2'),
    })
    expect(await json('/api/v1/search?query=is:unread')).toMatchObject({ messages_count: 2 })
    const raw = await (await get('/api/v1/message/latest/raw')).text()
    expect(raw).toMatch(/^From: Admin <admin@email\.com>/m)
    expect(await json('/api/v1/message/latest/headers')).toMatchObject({ To: ['ada@example.com'] })
  })

  test.each([
    ['subject:"für ada"', 2],
    ['from:admin', 3],
    ['-to:ada', 1],
    ['123456', 3],
    ['to:ada subject:bob', 0],
    ['addressed:bob', 1],
  ])('searches %s', async (query, found) => {
    expect(await json(`/api/v1/search?query=${encodeURIComponent(query)}`)).toMatchObject({ messages_count: found })
  })

  test('deletes some or all', async () => {
    const { messages } = await json('/api/v1/messages')
    await get('/api/v1/messages', { method: 'DELETE', body: JSON.stringify({ IDs: [messages[0].ID] }) })
    expect(await json('/api/v1/messages')).toMatchObject({ total: 2 })
    await get('/api/v1/search?query=to:bob', { method: 'DELETE' })
    expect(await json('/api/v1/messages')).toMatchObject({ total: 1 })
    expect(await (await clear()).text()).toBe('ok')
    expect(await json('/api/v1/messages')).toMatchObject({ total: 0, messages: [] })
    expect((await get('/api/v1/message/latest')).status).toBe(404)
  })
})

describe("Inbucket's API", () => {
  test('has a mailbox for each name, the oldest mail first', async () => {
    const mails = await json('/api/v1/mailbox/ada')
    expect(mails).toMatchObject([{ mailbox: 'ada', subject: 'Für ada', seen: false }, { subject: 'Für ada' }])
    expect(await json('/api/v1/mailbox/bob')).toHaveLength(1)
    expect(await json('/api/v1/mailbox/nobody')).toEqual([])
    const mail = await json(`/api/v1/mailbox/ada/${mails[1].id}`)
    expect(mail).toMatchObject({
      body: { html: expect.stringContaining('ada'), text: expect.stringContaining('123456') },
    })
    expect((await json('/api/v1/mailbox/ada/latest')).id).toBe(mails[1].id)
    await get('/api/v1/mailbox/ada', { method: 'DELETE' })
    expect(await json('/api/v1/messages')).toMatchObject({ total: 1 })
  })
})

describe('the page', () => {
  test('lists and shows mails, in which nothing runs', async () => {
    const page = await (await get('/')).text()
    expect(page).toContain('Für bob+work')
    const id = /href="\/view\/(\w+)"/.exec(page)?.[1]
    expect(await (await get(`/view/${id}`)).text()).toContain(`src="/view/${id}.html" sandbox=`)
    const frame = await get(`/view/${id}.html`)
    expect(frame.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(await (await get('/view/latest.txt')).text()).toContain('123456')
  })

  test('escapes what a mail says', async () => {
    await inbox.send({ to: 'x@example.com', subject: '<script>alert(1)</script>', html: 'x' })
    expect(await (await get('/')).text()).not.toContain('<script>')
  })

  test('answers no other name than its own, and no other site', async () => {
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      request(`${inbox.url}/api/v1/messages`, { headers: { host: 'evil.test' } }, (response) => {
        resolve(response.resume().statusCode)
      }).end()
    })
    expect(status).toBe(403)
    const cross = await get('/clear', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    expect(cross.status).toBe(403)
    expect((await get('/api/v1/messages')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

test('mails that others send by SMTP arrive', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: inbox.smtpPort ?? 0, ignoreTLS: true })
  const attachment = { filename: 'a.txt', content: 'a' }
  await transport.sendMail({
    from: 'app@example.com',
    to: 'eve@example.com',
    bcc: 'hidden@example.com',
    subject: 'From an app',
    text: 'Hi',
    attachments: [attachment],
  })
  expect(await json('/api/v1/messages?limit=1')).toMatchObject({
    messages: [{ Subject: 'From an app', Bcc: [{ Address: 'hidden@example.com' }], Attachments: 1 }],
  })
})

test('the SMTP carrier hands mails to a server, and fails where there is none', async () => {
  const server = { host: '127.0.0.1', port: inbox.smtpPort ?? 0, user: '', password: '', sender, requireTls: false }
  const carrier = createSmtpCarrier(server)
  await carrier.send({ to: 'smtp@example.com', subject: 'By SMTP', html: '<p>x</p>' })
  expect(await json('/api/v1/messages?limit=1')).toMatchObject({ messages: [{ Subject: 'By SMTP' }] })
  await carrier.close()
  const insisting = createSmtpCarrier({ ...server, requireTls: true })
  await expect(insisting.send({ to: 'a@example.com', subject: 'x', html: 'x' })).rejects.toThrow()
  await insisting.close()
})

test('a port that is taken is no reason not to start', async () => {
  const taken = Number(new URL(inbox.url).port)
  const warnings: unknown[] = []
  const second = await openInbox({ port: taken, sender, observe: (observation) => warnings.push(observation) })
  expect((await fetch(`${second.url}/livez`)).status).toBe(200)
  expect(warnings).toHaveLength(1)
  await second.close()
})
