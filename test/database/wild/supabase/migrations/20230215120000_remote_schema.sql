--
-- A dump, as `supabase db pull` makes one
--
\restrict 5v4Kp

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE EXTENSION IF NOT EXISTS "pg_net" WITH SCHEMA "extensions";
COMMENT ON SCHEMA "public" IS 'standard public schema';
CREATE EXTENSION IF NOT EXISTS "pg_graphql" WITH SCHEMA "graphql";
CREATE EXTENSION IF NOT EXISTS "pg_stat_statements" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "pgcrypto" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "pgjwt" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "pgsodium" WITH SCHEMA "pgsodium";
CREATE EXTENSION IF NOT EXISTS "supabase_vault" WITH SCHEMA "vault";
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "extensions";
create extension if not exists "http" with schema "extensions" version '1.5';

CREATE TYPE "public"."order_status" AS ENUM ('open', 'paid');
ALTER TYPE "public"."order_status" OWNER TO "postgres";

CREATE OR REPLACE FUNCTION "public"."touch"() RETURNS "trigger"
    LANGUAGE "plpgsql"
    AS $$
BEGIN
  NEW.updated_at = now(); -- a semicolon; in a comment
  RETURN NEW;
END;
$$;
ALTER FUNCTION "public"."touch"() OWNER TO "postgres";

SET default_tablespace = '';
SET default_table_access_method = "heap";

CREATE TABLE IF NOT EXISTS "public"."orders" (
    "id" "uuid" DEFAULT "extensions"."uuid_generate_v4"() NOT NULL,
    "owner" "uuid" DEFAULT "auth"."uid"() NOT NULL,
    "status" "public"."order_status" DEFAULT 'open'::"public"."order_status" NOT NULL,
    "note" "text" DEFAULT 'a;b''c'::"text",
    "updated_at" timestamp with time zone DEFAULT "now"()
);
ALTER TABLE "public"."orders" OWNER TO "postgres";
COMMENT ON TABLE "public"."orders" IS '@graphql({"totalCount": {"enabled": true}})';
CREATE OR REPLACE VIEW "public"."open_orders" WITH ("security_invoker"='on') AS
 SELECT "o"."id" FROM "public"."orders" "o" WHERE ("o"."status" = 'open'::"public"."order_status");
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_pkey" PRIMARY KEY ("id");
CREATE INDEX "orders_owner_idx" ON "public"."orders" USING "btree" ("owner");
CREATE OR REPLACE TRIGGER "touch" BEFORE UPDATE ON "public"."orders" FOR EACH ROW EXECUTE FUNCTION "public"."touch"();
CREATE OR REPLACE TRIGGER "hook" AFTER INSERT ON "public"."orders" FOR EACH ROW
  EXECUTE FUNCTION "supabase_functions"."http_request"('http://host.docker.internal:54321/functions/v1/paid', 'POST', '{"Content-type":"application/json"}', '{}', '5000');
ALTER TABLE ONLY "public"."orders" ADD CONSTRAINT "orders_owner_fkey" FOREIGN KEY ("owner") REFERENCES "auth"."users"("id") ON DELETE CASCADE;
CREATE POLICY "Owners" ON "public"."orders" TO "authenticated" USING ((( SELECT "auth"."uid"() AS "uid") = "owner"));
ALTER TABLE "public"."orders" ENABLE ROW LEVEL SECURITY;

ALTER PUBLICATION "supabase_realtime" OWNER TO "postgres";
ALTER PUBLICATION "supabase_realtime" ADD TABLE ONLY "public"."orders";

REVOKE USAGE ON SCHEMA "public" FROM PUBLIC;
GRANT USAGE ON SCHEMA "public" TO "postgres";
GRANT USAGE ON SCHEMA "public" TO "anon";
GRANT USAGE ON SCHEMA "public" TO "authenticated";
GRANT USAGE ON SCHEMA "public" TO "service_role";
GRANT ALL ON FUNCTION "public"."touch"() TO "anon";
GRANT ALL ON TABLE "public"."orders" TO "authenticated";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON SEQUENCES  TO "anon";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON FUNCTIONS  TO "service_role";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON TABLES  TO "authenticated";

COPY "public"."orders" ("id", "owner", "note") FROM stdin;
\.

\unrestrict 5v4Kp
RESET ALL;
