-- Other systems that are notified of events.

create table webhooks (
  id uuid primary key,
  url text not null check (length(url) between 9 and 500),
  events text[] not null check (cardinality(events) > 0),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  -- The signing secret, encrypted with a key that is not in the database. After a change of secret, messages are signed
  -- with the former one too, until then.
  key_id smallint not null check (key_id between 0 and 255),
  sealed bytea not null check (octet_length(sealed) = 60),
  former_key_id smallint check (former_key_id between 0 and 255),
  former_sealed bytea check (octet_length(former_sealed) = 60),
  former_until timestamptz,
  paused_at timestamptz,
  paused_because text check (paused_because in ('staff', 'failing', 'gone')),
  -- Since when no delivery has succeeded, and when the last one was tried.
  failing_since timestamptz,
  tried_at timestamptz,
  check ((paused_at is null) = (paused_because is null)),
  check (num_nonnulls(former_key_id, former_sealed, former_until) in (0, 3))
);

-- One event for one webhook. It holds only the id of what it is about; the rest is read when it is sent.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook_id uuid not null references webhooks on delete cascade,
  event_id uuid not null,
  type text not null,
  subject_id bigint,
  at timestamptz not null,
  due_at timestamptz not null default now(),
  attempts integer not null default 0 check (attempts >= 0),
  tried_at timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  status integer,
  error text check (length(error) <= 500),
  unique (webhook_id, event_id),
  check (num_nonnulls(delivered_at, failed_at) <= 1)
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id)
  where delivered_at is null and failed_at is null;
create index webhook_deliveries_log on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_at on webhook_deliveries (at);

-- Events follow from the dated facts, whatever code sets them. The triggers run once per statement, so that changing
-- thousands of rows stays fast; without webhooks they cost one look into an empty table.
create function tell_webhooks_of_new_invitations() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, at)
  select w.id, i.event_id, 'invitation.created', i.id, i.created_at
  from (select gen_random_uuid() as event_id, id, created_at from created offset 0) i
  join webhooks w on 'invitation.created' = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger invitations_tell_new after insert on invitations
  referencing new table as created for each statement execute function tell_webhooks_of_new_invitations();

create function tell_webhooks_of_invitations() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, at)
  select w.id, happened.event_id, happened.type, happened.id, happened.at
  from (
    select gen_random_uuid() as event_id, n.id, fact.type, fact.at
    from changed n join former o on o.id = n.id
    cross join lateral (values
      ('invitation.sent', o.delivered_at, n.delivered_at),
      ('invitation.bounced', o.bounced_at, n.bounced_at),
      ('invitation.opened', o.opened_at, n.opened_at),
      ('invitation.accepted', o.accepted_at, n.accepted_at),
      ('invitation.declined', o.declined_at, n.declined_at),
      ('invitation.revoked', o.revoked_at, n.revoked_at),
      ('invitation.expired', o.expiry_noted_at, n.expiry_noted_at)
    ) fact (type, was, at)
    where fact.at is not null and fact.at is distinct from fact.was
    offset 0
  ) happened
  join webhooks w on happened.type = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger invitations_tell after update on invitations
  referencing old table as former new table as changed
  for each statement execute function tell_webhooks_of_invitations();

create function tell_webhooks_of_joining() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  if tg_op = 'INSERT' then
    insert into webhook_deliveries (webhook_id, event_id, type, subject_id, at)
    select w.id, m.event_id, 'membership.joined', m.id, m.joined_at
    from (select gen_random_uuid() as event_id, id, joined_at from changed where joined_at is not null offset 0) m
    join webhooks w on 'membership.joined' = any(w.events);
  else
    insert into webhook_deliveries (webhook_id, event_id, type, subject_id, at)
    select w.id, m.event_id, 'membership.joined', m.id, m.joined_at
    from (select gen_random_uuid() as event_id, n.id, n.joined_at from changed n join former o on o.id = n.id
      where n.joined_at is not null and o.joined_at is null offset 0) m
    join webhooks w on 'membership.joined' = any(w.events);
  end if;
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger memberships_tell_new after insert on memberships
  referencing new table as changed for each statement execute function tell_webhooks_of_joining();
create trigger memberships_tell after update on memberships
  referencing old table as former new table as changed
  for each statement execute function tell_webhooks_of_joining();

create function tell_webhooks_of_consents() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, at)
  select w.id, c.event_id, c.type, c.id, c.at
  from (select gen_random_uuid() as event_id, id, at,
      case when act in ('granted', 'renewed') then 'consent.granted' else 'consent.withdrawn' end as type
    from created where act in ('granted', 'renewed', 'withdrawn') offset 0) c
  join webhooks w on c.type = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger consents_tell after insert on consents
  referencing new table as created for each statement execute function tell_webhooks_of_consents();
