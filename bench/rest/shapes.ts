import { json, object } from '../photo-community/sql.ts'
import { list, type Operation } from './operation.ts'

const photo = { id: 'p.id', title: json('p.title') }
const none = () => []

/** Requests that nobody tuned for. */
export const shapes: readonly Operation[] = [
  {
    name: 'inner',
    about: 'filter on what is embedded',
    path: () =>
      '/photos?select=id,title,profiles!inner(username)&profiles.username=eq.user_77&order=created_at.desc&limit=20',
    parameters: (search) => [/username=eq\.(\w+)/.exec(search)?.[1] ?? ''],
    sql: `select ${list(object({ ...photo, profiles: object({ username: json('p.username') }) }))} from (
      select p.*, a.username from photos p join profiles a on a.id = p.profile_id where a.username = $1
      order by p.created_at desc limit 20) p`,
  },
  {
    name: 'byEmbedded',
    about: 'order by what is embedded',
    path: () =>
      '/photos?select=id,title,profiles!inner(username)&order=profiles(username).asc,created_at.desc&limit=20',
    parameters: none,
    sql: `select ${list(object({ ...photo, profiles: object({ username: json('p.username') }) }))} from (
      select p.*, a.username from photos p join profiles a on a.id = p.profile_id
      order by a.username, p.created_at desc limit 20) p`,
  },
  {
    name: 'tree',
    about: 'or and and',
    path: () => '/photos?select=id,title&or=(width.gt.3990,and(height.lt.810,id.gt.1000))&order=id&limit=20',
    parameters: none,
    sql: `select ${list(object(photo))} from (select * from photos
      where width > 3990 or height < 810 and id > 1000 order by id limit 20) p`,
  },
  {
    name: 'exact',
    about: 'a page and the count of all',
    path: () => '/photos?select=id,title&created_at=gte.2025-09-01&order=created_at.desc&limit=20',
    headers: { prefer: 'count=exact' },
    parameters: (search) => [/created_at=gte\.([\d-]+)/.exec(search)?.[1] ?? ''],
    sql: `select case when (select count(*) from photos where created_at >= $1::timestamptz) >= 0 then ${list(object(photo))} end
      from (select * from photos where created_at >= $1::timestamptz order by created_at desc limit 20) p`,
  },
]
