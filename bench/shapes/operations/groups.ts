import { json, object, quoted } from '../../photo-community/sql.ts'
import { data, list, shape } from './shape.ts'

const period = (n: number) => ({
  from: new Date(Date.UTC(2023, 0, 1 + n)).toISOString(),
  to: new Date(Date.UTC(2023, 2, 1 + n)).toISOString(),
})
const within = 'created_at >= $1::timestamptz and created_at < $2::timestamptz'

/** Aggregates and groups. */
export const groups = [
  shape({
    name: 'aggregate',
    about: 'aggregates of two months',
    document: `query aggregate($from: Datetime!, $to: Datetime!) {
  photosCollection(filter: {createdAt: {gte: $from, lt: $to}}) {
    aggregate { count sum { width height } avg { width } min { createdAt } max { title } }
  }
}`,
    variables: period,
    sql: `select ${data({
      photosCollection: `(select ${object({
        aggregate: object({
          count: 'count(*)',
          sum: object({ width: json('sum(width)'), height: json('sum(height)') }),
          avg: object({ width: json('avg(width)') }),
          min: object({ createdAt: json('min(created_at)') }),
          max: object({ title: json('max(title)') }),
        }),
      })} from photos where ${within})`,
    })}`,
  }),
  shape({
    name: 'groups',
    about: 'weeks of two months, some of them',
    document: `query groups($from: Datetime!, $to: Datetime!) {
  photosCollection(filter: {createdAt: {gte: $from, lt: $to}}) {
    groups(
      by: [{column: createdAt, bucket: Week}, {column: isPublished}]
      having: {count: {gte: 100}}
      orderBy: [{sum: {width: DescNullsLast}}]
      first: 10
    ) { key { createdAt isPublished } aggregate { count sum { width } } }
  }
}`,
    variables: period,
    sql: `select ${data({
      photosCollection: object({
        groups: `'[' || coalesce((select string_agg(${object({
          key: object({
            createdAt: json('g.week'),
            isPublished: `case when g.is_published then 'true' else 'false' end`,
          }),
          aggregate: object({ count: 'g.count', sum: object({ width: 'g.width' }) }),
        })}, ',') from (
          select date_trunc('week', created_at) as week, is_published, count(*), sum(width) as width from photos
          where ${within} group by 1, 2 having count(*) >= 100 order by 4 desc, 1, 2 limit 10
        ) g), '') || ']'`,
      }),
    })}`,
  }),
  shape({
    name: 'groupsWithin',
    about: 'years of 20 people each',
    document: `query groupsWithin {
  profilesCollection(first: 20, orderBy: [{createdAt: AscNullsLast}]) {
    edges { node { id
      photosCollection {
        aggregate { count max { width } }
        groups(by: [{column: createdAt, bucket: Year}]) { key { createdAt } aggregate { count } }
      } } }
  }
}`,
    sql: `select ${data({
      profilesCollection: list(
        {
          id: quoted('u.id'),
          photosCollection: object({
            aggregate: `(select ${object({
              count: 'count(*)',
              max: object({ width: json('max(width)') }),
            })} from photos where profile_id = u.id)`,
            groups: `'[' || coalesce((select string_agg(${object({
              key: object({ createdAt: json('g.year') }),
              aggregate: object({ count: 'g.count' }),
            })}, ',') from (
              select date_trunc('year', created_at) as year, count(*) from photos where profile_id = u.id
              group by 1 order by 1
            ) g), '') || ']'`,
          }),
        },
        '(select * from profiles order by created_at limit 20) u',
      ),
    })}`,
  }),
]
