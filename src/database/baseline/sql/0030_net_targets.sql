-- Where one target has most of the queue, the others' requests are found by it. The expression is that of src/events/net/queue.ts.
do $$
begin
  if to_regclass('net.http_request_queue') is not null then
    create index if not exists http_request_queue_target_idx on net.http_request_queue (
      coalesce(lower(substring(url from '^[^:]*://(?:[^/?#\\]*@)?([^/?#\\]*(?:/functions/v1/[^/?#]*)?)')), ''), id
    );
  end if;
end $$;
