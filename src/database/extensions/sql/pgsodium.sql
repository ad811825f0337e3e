-- Supabase is giving pgsodium up in favour of Vault. Randomness works; keys and ciphers say what to use.
create table pgsodium.key (
  id uuid primary key default gen_random_uuid(),
  status text default 'valid',
  created timestamptz not null default current_timestamp,
  name text unique,
  comment text
);
create view pgsodium.valid_key as select id, name, status, created, comment from pgsodium.key where status in ('valid', 'default');

create function pgsodium.randombytes_buf(size integer) returns bytea language sql volatile as $$
  select @extschema:pgcrypto@.gen_random_bytes(size)
$$;
create function pgsodium.randombytes_random() returns integer language sql volatile as $$
  select ('x' || encode(@extschema:pgcrypto@.gen_random_bytes(4), 'hex'))::bit(32)::integer
$$;

create function pgsodium._unavailable() returns void language plpgsql as $$
begin
  raise exception 'pgsodium: its keys and ciphers are not available here' using errcode = '0A000',
    hint = 'Use vault.create_secret for secrets, pgcrypto''s pgp_sym_encrypt for data, or --db-url with a server that has pgsodium.';
end $$;
create function pgsodium.create_key(key_type text default 'aead-det', name text default null) returns uuid language plpgsql as $$
begin
  perform pgsodium._unavailable();
end $$;
create function pgsodium.crypto_aead_det_keygen() returns bytea language plpgsql as $$
begin
  perform pgsodium._unavailable();
end $$;
create function pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)
returns bytea language plpgsql as $$
begin
  perform pgsodium._unavailable();
end $$;
create function pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)
returns bytea language plpgsql as $$
begin
  perform pgsodium._unavailable();
end $$;

grant usage on schema pgsodium to postgres with grant option;
grant usage on schema pgsodium to pgsodium_keyiduser, service_role;
grant select on pgsodium.key, pgsodium.valid_key to postgres, pgsodium_keyiduser;
