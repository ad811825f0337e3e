-- Vault as Portico has it: secrets are encrypted with a key of this database. The key lies in a table that only its
-- owner reads: a dump of vault.secrets alone tells nothing, a copy of the whole database tells all.
create table vault._key (key text not null);
create unique index _key_is_one on vault._key ((true));
insert into vault._key values (encode(@extschema:pgcrypto@.gen_random_bytes(32), 'base64'));

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Secrets; `secret` is encrypted.';
create unique index secrets_name_idx on vault.secrets (name) where name is not null;

-- The key is random, so stretching it (PGP's iterated salt) would only cost time. Bodies that are bound to pgcrypto's
-- functions as they are now: who owns the extension could otherwise put another function in the place of one of them.
create function vault._encrypt(secret text) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp begin atomic
  select encode(@extschema:pgcrypto@.pgp_sym_encrypt(secret, k.key, 'cipher-algo=aes256, s2k-mode=1, compress-algo=0'), 'base64')
  from vault._key k;
end;
create function vault._decrypt(secret text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp begin atomic
  select @extschema:pgcrypto@.pgp_sym_decrypt(decode(secret, 'base64'), k.key) from vault._key k;
end;

create view vault.decrypted_secrets as
  select id, name, description, secret, vault._decrypt(secret) as decrypted_secret, key_id, nonce, created_at, updated_at
  from vault.secrets;
comment on view vault.decrypted_secrets is 'Secrets in the clear.';

create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into vault.secrets (secret, name, description, key_id)
  values (vault._encrypt(new_secret), new_name, coalesce(new_description, ''), new_key_id)
  returning id
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
  new_key_id uuid default null
) returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  update vault.secrets set
    secret = case when new_secret is null then secret else vault._encrypt(new_secret) end,
    name = coalesce(new_name, name),
    description = coalesce(new_description, description),
    key_id = coalesce(new_key_id, key_id),
    updated_at = now()
  where id = secret_id
$$;

revoke all on all functions in schema vault from public;
grant usage on schema vault to postgres with grant option;
grant usage on schema vault to service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._decrypt to postgres, service_role;
grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
