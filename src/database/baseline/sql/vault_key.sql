-- The vault's key in a file beside the cluster. A key in the database, where there is one, goes before it.
create table if not exists vault._key_file (path text not null);
revoke all on vault._key_file from public;

create or replace function vault._file_key() returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select btrim(pg_catalog.pg_read_file(f.path), e'\n') from vault._key_file f
$$;
create or replace function vault._current_key() returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce((select k.key from vault._key k), vault._file_key())
$$;
revoke all on function vault._file_key(), vault._current_key() from public;

do $do$
declare
  pgcrypto constant text := (select quote_ident(extnamespace::regnamespace::text) from pg_extension where extname = 'pgcrypto');
begin
  execute format($$
    create or replace function vault._encrypt(secret text) returns text
    language sql volatile security definer set search_path = pg_catalog, pg_temp begin atomic
      select encode(%1$s.pgp_sym_encrypt(secret, vault._current_key(), 'cipher-algo=aes256, s2k-mode=1, compress-algo=0'), 'base64');
    end;
    create or replace function vault._decrypt(secret text) returns text
    language sql stable security definer set search_path = pg_catalog, pg_temp begin atomic
      select %1$s.pgp_sym_decrypt(decode(secret, 'base64'), vault._current_key());
    end;
  $$, pgcrypto);
  -- A secret of yet another key stays as it is.
  execute format($$
    create or replace function vault._change_key(old_file text, new_file text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    declare
      old_key constant text := btrim(pg_catalog.pg_read_file(old_file, 0, 1000, true), e'\n');
      new_key constant text := btrim(pg_catalog.pg_read_file(new_file), e'\n');
      one record;
    begin
      if old_key is null or old_key = new_key then return; end if;
      for one in select s.id, s.secret from vault.secrets s loop
        begin
          update vault.secrets s set secret = encode(%1$s.pgp_sym_encrypt(
            %1$s.pgp_sym_decrypt(decode(one.secret, 'base64'), old_key), new_key,
            'cipher-algo=aes256, s2k-mode=1, compress-algo=0'), 'base64') where s.id = one.id;
        exception when sqlstate '39000' then null;
        end;
      end loop;
    end $body$;
    revoke all on function vault._change_key(text, text) from public;
  $$, pgcrypto);
end $do$;
