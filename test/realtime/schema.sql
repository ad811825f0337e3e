-- Who may do what in which channel: the first word of its name says it.
create policy "hear" on realtime.messages for select to authenticated using (
  (extension = 'broadcast' and split_part(realtime.topic(), '-', 1) in ('open', 'heard', 'broadcast'))
  or (extension = 'presence' and split_part(realtime.topic(), '-', 1) in ('open', 'heard', 'presence'))
  or realtime.topic() = 'of-' || (auth.jwt() ->> 'sub')
);
create policy "speak" on realtime.messages for insert to authenticated with check (
  (extension = 'broadcast' and split_part(realtime.topic(), '-', 1) in ('open', 'broadcast'))
  or (extension = 'presence' and split_part(realtime.topic(), '-', 1) in ('open', 'presence'))
);
