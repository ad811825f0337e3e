-- Data only
SET session_replication_role = replica;
INSERT INTO "auth"."users" ("id", "email", "raw_user_meta_data") VALUES ('22222222-2222-2222-2222-222222222222', 'ada@example.com', '{"full_name": "Ada; L."}');
SET session_replication_role = DEFAULT;
insert into auth.users (id, email, raw_user_meta_data) values ('33333333-3333-3333-3333-333333333333', 'bob@example.com', '{"full_name": "Bob"}');
COPY public.articles (title, body) FROM stdin;
First	Body with a tab\tin it; and more
Zweiter Artikel	Größe
\.
SELECT pg_catalog.setval('public.articles_id_seq', 100, true);
select public.enqueue('ada@example.com');
