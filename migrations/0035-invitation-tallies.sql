-- How many invitations there are, how far they have come and when they expire, kept while they change, so that nobody has
-- to count a million of them. Whoever changes invitations appends what changed, and never waits for anybody else who
-- does; the worker folds that into the tallies. A figure is the sum of both, and exact at every moment.
create table invitation_tally_changes (
  id bigint generated always as identity primary key,
  -- Either a day (UTC) with a batch and a center, 0 and '' where they aren't known …
  day date,
  batch integer,
  center text,
  -- … or a minute in which pending ones expire.
  minute timestamptz,
  sent integer not null,
  delivered integer not null,
  opened integer not null,
  accepted integer not null,
  bounced integer not null,
  open integer not null,
  registered integer not null,
  check (num_nonnulls(day, minute) = 1)
);

create table invitation_tallies (
  -- What they are divided by.
  circle text not null check (circle in ('all', 'batch', 'center', 'both')),
  batch integer not null,
  center text not null,
  span text not null check (span in ('day', 'month', 'ever')),
  -- The first day of the span.
  start date not null,
  -- Of the invitations made in the span; each step holds those that came further, too.
  sent bigint not null,
  delivered bigint not null,
  opened bigint not null,
  accepted bigint not null,
  bounced bigint not null,
  -- At stage 1: pending, or expired since the worker last looked.
  open bigint not null,
  -- How many were accepted in the span, whenever they were made.
  registered bigint not null,
  primary key (circle, center, span, start, batch)
);
create index invitation_tallies_batch on invitation_tallies (circle, batch, span, start);

create table invitation_expiry_tallies (
  minute timestamptz primary key,
  open bigint not null
);
create index invitation_expiry_tallies_done on invitation_expiry_tallies (minute) where open = 0;

-- What one invitation counts for, as rows of `invitation_tally_changes`: when it was made, accepted, and expires.
create function invitation_counts(sign integer, batch integer, center text, created_at timestamptz,
  expires_at timestamptz, accepted_at timestamptz, stage smallint, delivered_at timestamptz, handed_on boolean,
  opened_at timestamptz, bounced_at timestamptz)
returns table (day date, batch_of integer, center_of text, minute timestamptz, sent integer, delivered integer,
  opened integer, accepted integer, bounced integer, open integer, registered integer)
language sql stable as $$
  select counted.* from (values
    ((created_at at time zone 'utc')::date, coalesce(batch, 0), coalesce(center, ''), null::timestamptz, sign,
      case when delivered_at is not null or handed_on or opened_at is not null or accepted_at is not null
        then sign else 0 end,
      case when opened_at is not null or accepted_at is not null then sign else 0 end,
      case when accepted_at is not null then sign else 0 end,
      case when bounced_at is not null then sign else 0 end,
      case when stage = 1 then sign else 0 end, 0),
    ((accepted_at at time zone 'utc')::date, coalesce(batch, 0), coalesce(center, ''), null, 0, 0, 0, 0, 0, 0, sign),
    (null, null, null, case when stage = 1 then date_trunc('minute', expires_at, 'UTC') end, 0, 0, 0, 0, 0, sign, 0)
  ) counted (day, batch_of, center_of, minute, sent, delivered, opened, accepted, bounced, open, registered)
  where counted.day is not null or counted.minute is not null
$$;

create function tally_invitations() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    insert into invitation_tally_changes
      (day, batch, center, minute, sent, delivered, opened, accepted, bounced, open, registered)
    select c.day, c.batch_of, c.center_of, c.minute, sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted),
      sum(c.bounced), sum(c.open), sum(c.registered)
    from (
      select 1 as sign, batch, center, created_at, expires_at, accepted_at, stage, delivered_at, handed_on, opened_at,
        bounced_at from changed
      union all
      select -1, batch, center, created_at, expires_at, accepted_at, stage, delivered_at, handed_on, opened_at,
        bounced_at from former
    ) i cross join lateral invitation_counts(i.sign, i.batch, i.center, i.created_at, i.expires_at, i.accepted_at,
      i.stage, i.delivered_at, i.handed_on, i.opened_at, i.bounced_at) c
    group by 1, 2, 3, 4
    having (sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted), sum(c.bounced), sum(c.open),
      sum(c.registered)) <> (0, 0, 0, 0, 0, 0, 0);
  else
    insert into invitation_tally_changes
      (day, batch, center, minute, sent, delivered, opened, accepted, bounced, open, registered)
    select c.day, c.batch_of, c.center_of, c.minute, sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted),
      sum(c.bounced), sum(c.open), sum(c.registered)
    from changed i cross join lateral invitation_counts(case tg_op when 'INSERT' then 1 else -1 end, i.batch, i.center,
      i.created_at, i.expires_at, i.accepted_at, i.stage, i.delivered_at, i.handed_on, i.opened_at, i.bounced_at) c
    group by 1, 2, 3, 4;
  end if;
  return null;
end $$;
create trigger invitations_tally_new after insert on invitations
  referencing new table as changed for each statement execute function tally_invitations();
create trigger invitations_tally_changed after update on invitations
  referencing old table as former new table as changed for each statement execute function tally_invitations();
create trigger invitations_tally_gone after delete on invitations
  referencing old table as changed for each statement execute function tally_invitations();

-- Moves the oldest changes into the tallies: all of it, or nothing. @returns how many
create function fold_invitation_tallies(most integer) returns integer language plpgsql as $$
declare folded integer;
begin
  perform pg_advisory_xact_lock(hashtext('invitation_tallies'));
  with taken as (
    delete from invitation_tally_changes
    where id = any(array(select id from invitation_tally_changes order by id limit most)) returning *
  ), tallied as (
    insert into invitation_tallies as t
      (circle, batch, center, span, start, sent, delivered, opened, accepted, bounced, open, registered)
    select circle.name, circle.batch, circle.center, span.name, span.start, sum(c.sent), sum(c.delivered),
      sum(c.opened), sum(c.accepted), sum(c.bounced), sum(c.open), sum(c.registered)
    from taken c
    cross join lateral (values ('day', c.day), ('month', date_trunc('month', c.day::timestamp)::date),
      ('ever', date '0001-01-01')) span (name, start)
    cross join lateral (values ('all', 0, ''), ('batch', c.batch, ''), ('center', 0, c.center),
      ('both', c.batch, c.center)) circle (name, batch, center)
    where c.day is not null
    group by 1, 2, 3, 4, 5
    on conflict (circle, center, span, start, batch) do update set sent = t.sent + excluded.sent,
      delivered = t.delivered + excluded.delivered, opened = t.opened + excluded.opened,
      accepted = t.accepted + excluded.accepted, bounced = t.bounced + excluded.bounced,
      open = t.open + excluded.open, registered = t.registered + excluded.registered
  ), expiring as (
    insert into invitation_expiry_tallies as t (minute, open)
    select minute, sum(open) from taken where minute is not null group by 1
    on conflict (minute) do update set open = t.open + excluded.open
  )
  select count(*) into folded from taken;
  delete from invitation_expiry_tallies where open = 0;
  return folded;
end $$;

-- Counts anew, from the invitations themselves; nobody changes one meanwhile.
create function recount_invitations() returns void language plpgsql as $$
begin
  lock table invitations in share row exclusive mode;
  perform pg_advisory_xact_lock(hashtext('invitation_tallies'));
  delete from invitation_tally_changes;
  delete from invitation_tallies;
  delete from invitation_expiry_tallies;
  insert into invitation_tally_changes
    (day, batch, center, minute, sent, delivered, opened, accepted, bounced, open, registered)
  select c.day, c.batch_of, c.center_of, c.minute, sum(c.sent), sum(c.delivered), sum(c.opened), sum(c.accepted),
    sum(c.bounced), sum(c.open), sum(c.registered)
  from invitations i cross join lateral invitation_counts(1, i.batch, i.center, i.created_at, i.expires_at,
    i.accepted_at, i.stage, i.delivered_at, i.handed_on, i.opened_at, i.bounced_at) c
  group by 1, 2, 3, 4;
  perform fold_invitation_tallies(null);
end $$;

create function forget_invitation_tallies() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('invitation_tallies'));
  delete from invitation_tally_changes;
  delete from invitation_tallies;
  delete from invitation_expiry_tallies;
  return null;
end $$;
create trigger invitations_tally_emptied after truncate on invitations
  for each statement execute function forget_invitation_tallies();

select recount_invitations();
