-- As `supabase db dump --role-only` writes it, and as people add to it.
SET default_transaction_read_only = off;
SET client_encoding = 'UTF8';
ALTER ROLE "anon" SET "statement_timeout" TO '3s';
ALTER ROLE "authenticated" SET "statement_timeout" TO '8s';
ALTER ROLE "authenticator" SET "statement_timeout" TO '8s';
CREATE ROLE wild_moderator NOLOGIN;
GRANT authenticated TO wild_moderator;
GRANT wild_moderator TO authenticator;
RESET ALL;
