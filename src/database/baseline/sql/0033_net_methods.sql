-- The extension http asks with methods that pg_net's own functions never use.
do $$
begin
  if exists (
    select from pg_constraint
    where conname = 'http_request_queue_method_check' and conrelid = to_regclass('net.http_request_queue')
  ) then
    alter table net.http_request_queue
      drop constraint http_request_queue_method_check,
      add constraint http_request_queue_method_check check (method ~ '^[A-Z]{1,20}$');
  end if;
end $$;
