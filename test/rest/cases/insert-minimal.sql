-- POST /films
insert into "public"."films" as "films" ("facts", "title") select "portico body"."facts", "portico body"."title" from json_to_record(cast($1 as json)) as "portico body"("facts" "pg_catalog"."jsonb", "title" "pg_catalog"."text") returning '', '1', null, nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), ''), null, null
