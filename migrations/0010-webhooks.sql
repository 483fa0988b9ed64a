-- Endpoints of other systems, which receive events as signed messages.

create table webhooks (
  id uuid primary key,
  url text not null check (length(url) between 9 and 500),
  events text[] not null check (cardinality(events) > 0),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  -- The signing secret, encrypted with a key that is not in the database. After a rotation, messages are also signed
  -- with the previous secret until previous_valid_until.
  key_id smallint not null check (key_id between 0 and 255),
  encrypted bytea not null check (octet_length(encrypted) = 60),
  previous_key_id smallint check (previous_key_id between 0 and 255),
  previous_encrypted bytea check (octet_length(previous_encrypted) = 60),
  previous_valid_until timestamptz,
  paused_at timestamptz,
  pause_reason text check (pause_reason in ('staff', 'failing', 'gone')),
  -- Start of the current series of failures (null: the last delivery succeeded), and time of its latest attempt.
  failing_since timestamptz,
  last_attempt_at timestamptz,
  check ((paused_at is null) = (pause_reason is null)),
  check (num_nonnulls(previous_key_id, previous_encrypted, previous_valid_until) in (0, 3))
);

-- One event for one webhook. Only the subject's id is stored; everything else is read when the message is sent.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook_id uuid not null references webhooks on delete cascade,
  event_id uuid not null,
  type text not null,
  subject_id bigint,
  occurred_at timestamptz not null,
  due_at timestamptz not null default now(),
  attempts integer not null default 0 check (attempts >= 0),
  last_attempt_at timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  response_status integer,
  error text check (length(error) <= 500),
  unique (webhook_id, event_id),
  check (num_nonnulls(delivered_at, failed_at) <= 1)
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id)
  where delivered_at is null and failed_at is null;
create index webhook_deliveries_log on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_occurred on webhook_deliveries (occurred_at);

-- Events follow from the timestamps of facts, whichever code sets them. The triggers run once per statement, so changing
-- thousands of rows stays fast. Without webhooks, each costs one lookup in an empty table.
create function queue_invitation_created_webhooks() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at)
  select w.id, i.event_id, 'invitation.created', i.id, i.created_at
  from (select gen_random_uuid() as event_id, id, created_at from new_rows offset 0) i
  join webhooks w on 'invitation.created' = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger invitations_queue_created_webhooks after insert on invitations
  referencing new table as new_rows for each statement execute function queue_invitation_created_webhooks();

create function queue_invitation_webhooks() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at)
  select w.id, events.event_id, events.type, events.id, events.occurred_at
  from (
    select gen_random_uuid() as event_id, n.id, fact.type, fact.occurred_at
    from new_rows n join old_rows o on o.id = n.id
    cross join lateral (values
      ('invitation.sent', o.delivered_at, n.delivered_at),
      ('invitation.bounced', o.bounced_at, n.bounced_at),
      ('invitation.opened', o.opened_at, n.opened_at),
      ('invitation.accepted', o.accepted_at, n.accepted_at),
      ('invitation.declined', o.declined_at, n.declined_at),
      ('invitation.revoked', o.revoked_at, n.revoked_at),
      ('invitation.expired', o.expiry_recorded_at, n.expiry_recorded_at)
    ) fact (type, previous, occurred_at)
    where fact.occurred_at is not null and fact.occurred_at is distinct from fact.previous
    offset 0
  ) events
  join webhooks w on events.type = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger invitations_queue_webhooks after update on invitations
  referencing old table as old_rows new table as new_rows
  for each statement execute function queue_invitation_webhooks();

create function queue_membership_webhooks() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  if tg_op = 'INSERT' then
    insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at)
    select w.id, m.event_id, 'membership.joined', m.id, m.joined_at
    from (select gen_random_uuid() as event_id, id, joined_at from new_rows where joined_at is not null offset 0) m
    join webhooks w on 'membership.joined' = any(w.events);
  else
    insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at)
    select w.id, m.event_id, 'membership.joined', m.id, m.joined_at
    from (select gen_random_uuid() as event_id, n.id, n.joined_at from new_rows n join old_rows o on o.id = n.id
      where n.joined_at is not null and o.joined_at is null offset 0) m
    join webhooks w on 'membership.joined' = any(w.events);
  end if;
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger memberships_queue_insert_webhooks after insert on memberships
  referencing new table as new_rows for each statement execute function queue_membership_webhooks();
create trigger memberships_queue_update_webhooks after update on memberships
  referencing old table as old_rows new table as new_rows
  for each statement execute function queue_membership_webhooks();

create function queue_consent_webhooks() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks) then return null; end if;
  insert into webhook_deliveries (webhook_id, event_id, type, subject_id, occurred_at)
  select w.id, c.event_id, c.type, c.id, c.at
  from (select gen_random_uuid() as event_id, id, at,
      case when decision in ('granted', 'renewed') then 'consent.granted' else 'consent.withdrawn' end as type
    from new_rows where decision in ('granted', 'renewed', 'withdrawn') offset 0) c
  join webhooks w on c.type = any(w.events);
  if found then perform graphile_worker.add_job('send-webhooks', queue_name := 'webhooks'); end if;
  return null;
end $$;
create trigger consents_queue_webhooks after insert on consents
  referencing new table as new_rows for each statement execute function queue_consent_webhooks();
