select '{"staffOnly":' || coalesce(json_scalar("public"."staff_only"())::text, 'null') || ',"secret":null,"filter":null,"order":null,"insert":null,"grade":null,"review":null}';
