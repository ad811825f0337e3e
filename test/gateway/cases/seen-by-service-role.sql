select '{"staffOnly":' || coalesce(json_scalar("public"."staff_only"())::text, 'null') || '}';
