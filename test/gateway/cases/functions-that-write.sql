select set_config('portico.called_0', coalesce(json_agg(("answered".*)::text)::text, '[]'), true) from "public"."lend"("number" => cast($1 as "pg_catalog"."text"), "reader" => cast($2 as "pg_catalog"."int8")) as answered where not (("answered".*) is null);

select coalesce((select '{"nodeId":"' || translate(encode(convert_to(jsonb_build_array('public'::text, 'book'::text, "t1"."isbn")::text, 'utf8'), 'base64'), E'
', '') || '","title":' || coalesce(json_scalar("public"."_title"("t1".*))::text, 'null') || ',"account":' || coalesce((select '{"email":' || json_scalar("t2"."email")::text || ',"firstBook":' || coalesce((select '{"number":' || coalesce(json_scalar("t3"."isbn")::text, 'null') || '}' from "public"."first_book"("t2".*) as "t3" where not (("t3".*) is null) limit 1), 'null') || '}' from "public"."account" as "t2" where "t2"."id" = "t1"."lent_to" limit 1), 'null') || '}' from unnest(array(select kept.answered::"public"."book" from json_array_elements_text(current_setting('portico.called_0')::json) as kept(answered))) as "t1" limit 1), 'null');

select set_config('portico.called_1', coalesce(json_agg(("answered".*)::text)::text, '[]'), true) from "public"."lend"("number" => cast($1 as "pg_catalog"."text")) as answered where not (("answered".*) is null);

select coalesce((select '{"lentTo":' || coalesce('"' || "t4"."lent_to"::text || '"', 'null') || '}' from unnest(array(select kept.answered::"public"."book" from json_array_elements_text(current_setting('portico.called_1')::json) as kept(answered))) as "t4" limit 1), 'null');

select set_config('portico.called_2', coalesce(json_agg(("answered".*)::text)::text, '[]'), true) from "public"."lend"("number" => cast($1 as "pg_catalog"."text")) as answered where not (("answered".*) is null);

select coalesce((select '{"lentTo":' || coalesce('"' || "t5"."lent_to"::text || '"', 'null') || '}' from unnest(array(select kept.answered::"public"."book" from json_array_elements_text(current_setting('portico.called_2')::json) as kept(answered))) as "t5" limit 1), 'null');

select set_config('portico.called_3', coalesce(json_agg(("answered".*)::text)::text, '[]'), true) from "public"."shelve_all"() as answered where not (("answered".*) is null);

select (select '{"edges":[' || coalesce(array_to_string((array_agg('{"node":{"number":' || coalesce(json_scalar("t7"."isbn")::text, 'null') || ',"lentTo":' || coalesce('"' || "t7"."lent_to"::text || '"', 'null') || '}}'))[:1], ','), '') || '],"pageInfo":{"hasNextPage":' || case when count(*) > 1 then 'true' else 'false' end || '}}' from (select "t6"."isbn" as "isbn", "t6"."lent_to" as "lent_to" from unnest(array(select kept.answered::"public"."book" from json_array_elements_text(current_setting('portico.called_3')::json) as kept(answered))) as "t6" order by "t6"."isbn" desc limit 2) as "t7");
