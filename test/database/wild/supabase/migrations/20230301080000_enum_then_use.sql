alter type public.order_status add value if not exists 'refunded';
create index on public.orders (status) where status = 'refunded';
