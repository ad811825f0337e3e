import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { openPhotoPlatform } from './photo-platform.ts'

const platform = useFixture(() => openPhotoPlatform())

/** Each query lists the offenders, so a failure names them. */
const conventions: Record<string, string> = {
  'row-level security is on for every table, with policies': `
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`,
  'views run as who reads them': `
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
      and not coalesce(c.reloptions @> array['security_invoker=true'], false)`,
  'policies ask once a statement who the caller is': `
    select policyname from pg_policies
    where schemaname in ('public', 'storage')
      and regexp_replace(coalesce(qual, '') || coalesce(with_check, ''),
        'SELECT (auth\\.uid|auth\\.jwt|private\\.is_editor)\\(\\)', '', 'g') ~ '(auth|private)\\.\\w+\\(\\)'`,
  'policies name the roles they are for': `
    select policyname from pg_policies where schemaname in ('public', 'storage') and roles = '{public}'`,
  'foreign keys are indexed': `
    select k.conrelid::regclass, k.conname from pg_constraint k
    where k.connamespace = 'public'::regnamespace and k.contype = 'f' and not exists (
      select from pg_index i
      where i.indrelid = k.conrelid and i.indpred is null and (i.indkey::int2[])[0] = k.conkey[1]
    )`,
  'functions pin their search path': `
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
      and not coalesce(p.proconfig @> array['search_path=""'], false)`,
  "what a caller may run with its owner's rights is private": `
    select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef`,
  'tables, views and functions say what they are': `
    select oid::regclass::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null
    union all
    select oid::regprocedure::text from pg_proc
    where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') is null`,
  'callers may not write what rules decide': `
    select grantee, table_name, column_name from information_schema.column_privileges
    where grantee in ('anon', 'authenticated') and privilege_type in ('INSERT', 'UPDATE') and table_schema = 'public'
      and (grantee = 'anon' or column_name in ('status', 'published_at', 'gallery_path', 'thumbnail_path',
        'developed_at', 'width', 'height', 'photographer_id', 'author_id', 'editor_id', 'follower_id', 'submitted_at', 'place'))`,
}

describe('in the reference application', () => {
  test.each(Object.entries(conventions))('%s', async (_, offenders) => {
    expect(await platform.sql(offenders)).toEqual([])
  })
})
