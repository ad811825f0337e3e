-- pg_cron as Portico has it: jobs are rows; Portico runs them, each as the role that scheduled it.
create schema cron;
create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default coalesce(inet_server_port(), 5432),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
create index job_run_details_jobid_idx on cron.job_run_details (jobid, runid desc);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create function cron._is_schedule(schedule text) returns boolean language plpgsql immutable as $$
declare
  fields constant text[] := regexp_split_to_array(btrim(lower(schedule)), '\s+');
  lowest constant integer[] := '{0, 0, 1, 1, 0}';
  highest constant integer[] := '{59, 23, 31, 12, 7}';
  months constant text[] := '{jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec}';
  days constant text[] := '{sun, mon, tue, wed, thu, fri, sat}';
  item text;
  part text[];
  bound text;
  value integer;
begin
  if lower(btrim(schedule)) ~ '^([1-9]|[1-5][0-9])\s+seconds?$' then return true; end if;
  if lower(btrim(schedule)) in ('@reboot', '@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly') then
    return true;
  end if;
  if cardinality(fields) <> 5 then return false; end if;
  for field in 1 .. 5 loop
    foreach item in array string_to_array(fields[field], ',') loop
      continue when item = '$' and field = 3;
      part := regexp_match(item, '^(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/([1-9][0-9]*))?$');
      if part is null then return false; end if;
      foreach bound in array part[1:2] loop
        continue when bound is null;
        value := case
          when bound ~ '^[0-9]{1,2}$' then bound::integer
          when field = 4 then array_position(months, bound)
          when field = 5 then array_position(days, bound) - 1
        end;
        if value is null or value not between lowest[field] and highest[field] then return false; end if;
      end loop;
    end loop;
  end loop;
  return true;
end $$;

-- Whose job it is decides whose rights it runs with, so nobody may write another's name: not by the table's owner's
-- functions (there are none), nor with row-level security bypassed, nor with triggers of a replica.
create function cron._check_job() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not pg_has_role(new.username, 'member') then
    raise exception 'must be a member of the role % to schedule its jobs', new.username using errcode = '42501';
  end if;
  if not (select r.rolcanlogin from pg_catalog.pg_roles r where r.rolname = new.username) then
    raise exception 'role "%" can not log in', new.username using errcode = '42501',
      hint = 'Jobs may only be run by roles that have the LOGIN attribute.';
  end if;
  if not cron._is_schedule(new.schedule) then
    raise exception 'invalid schedule: %', new.schedule using errcode = '22023',
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  if new.database <> current_database() then
    raise exception 'jobs run in this database only: %', current_database() using errcode = '0A000';
  end if;
  notify portico_cron;
  return new;
end $$;
create trigger check_job before insert or update on cron.job for each row execute function cron._check_job();
alter table cron.job enable always trigger check_job;

create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
  insert into cron.job (jobname, schedule, command) values (job_name, schedule, command)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, active = true
  returning jobid
$$;
create function cron.schedule(schedule text, command text) returns bigint language sql as $$
  insert into cron.job (schedule, command) values (schedule, command) returning jobid
$$;
create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint language sql as $$
  insert into cron.job (jobname, schedule, command, database, username, active)
  values (job_name, schedule, command, database, coalesce(username, current_user), active)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning jobid
$$;

create function cron.unschedule(job_id bigint) returns boolean language plpgsql as $$
begin
  delete from cron.job j where j.jobid = job_id;
  if not found then raise exception 'could not find valid entry for job ''%''', job_id; end if;
  notify portico_cron;
  return true;
end $$;
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
begin
  delete from cron.job j where j.jobname = job_name and j.username = current_user;
  if not found then raise exception 'could not find valid entry for job ''%''', job_name; end if;
  notify portico_cron;
  return true;
end $$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void language plpgsql as $$
begin
  update cron.job j set
    schedule = coalesce(alter_job.schedule, j.schedule), command = coalesce(alter_job.command, j.command),
    database = coalesce(alter_job.database, j.database), username = coalesce(alter_job.username, j.username),
    active = coalesce(alter_job.active, j.active)
  where j.jobid = job_id;
  if not found then raise exception 'Job % does not exist or you don''t own it', job_id; end if;
end $$;

revoke all on all functions in schema cron from public;
grant usage on schema cron to postgres with grant option;
grant execute on all functions in schema cron to postgres with grant option;
grant select, insert, update, delete on cron.job to postgres with grant option;
grant select, delete on cron.job_run_details to postgres with grant option;
grant usage on all sequences in schema cron to postgres with grant option;
