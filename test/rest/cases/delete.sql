-- DELETE /films?id=eq.1
with "portico changed" as (delete from "public"."films" as "films" where "films"."id" = $1 returning 1) select '', count(*)::text, null, nullif(current_setting('response.headers', true), ''), nullif(current_setting('response.status', true), ''), null, null from "portico changed" as "films"
