create index concurrently if not exists orders_updated_idx on public.orders (updated_at);
