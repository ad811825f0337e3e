-- 10,000 profiles, 200,000 photos, a million comments, 600,000 tags of photos: the same on every machine.
-- The rows refer to one another rightly by how they are made, so that is not checked a second time.
set session_replication_role = replica;

insert into profiles (id, username, display_name, bio, avatar_url, created_at)
select md5('profile' || i)::uuid, 'user_' || i, 'Display Name ' || i,
  'I am user number ' || i || ' and I like "photos" of ' || md5(i::text),
  'https://cdn.example.com/avatars/' || md5(i::text) || '.jpg',
  '2020-01-01'::timestamptz + i * interval '3 hours'
from generate_series(1, 10000) i;

insert into photos (profile_id, title, description, url, width, height, is_published, created_at)
select md5('profile' || (1 + (i * 7919) % 10000))::uuid, 'Photo title ' || i,
  case when i % 5 <> 0 then 'A description of photo ' || i || ': ' || md5(i::text) || ' — naïve "quoted" text' end,
  'https://cdn.example.com/photos/' || md5('p' || i) || '.jpg',
  1000 + i % 3000, 800 + i % 2000, i % 10 <> 0,
  '2022-01-01'::timestamptz + i * interval '10 minutes 0.123456 s'
from generate_series(1, 200000) i;

insert into comments (photo_id, author_id, body, is_hidden, created_at)
select 1 + (i::bigint * 104729) % 200000, md5('profile' || (1 + (i::bigint * 7907) % 10000))::uuid,
  'Comment ' || i || ' says: ' || md5(i::text) || ' nice light!', i % 50 = 0,
  '2022-02-01'::timestamptz + i * interval '2 minutes 0.5 s'
from generate_series(1, 1000000) i;

insert into tags select i, 'tag_' || i from generate_series(1, 1000) i;

insert into photo_tags
select i, 1 + (i * 31 + k * 377) % 1000 from generate_series(1, 200000) i, generate_series(0, 2) k
on conflict do nothing;

-- 200 MiB of text, which takes little room on the disk.
insert into archives select i, repeat(md5(i::text), 16384) from generate_series(1, 400) i;

-- Last, since building them at once is faster.
create index profiles_created on profiles (created_at, id);
create index photos_created on photos (created_at desc, id desc);
create index photos_profile_created on photos (profile_id, created_at desc, id desc);
create index comments_photo_created on comments (photo_id, created_at, id);
create index comments_author on comments (author_id);
create index photo_tags_tag on photo_tags (tag_id);
