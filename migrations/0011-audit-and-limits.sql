-- Audit events, rate limits and idempotency keys.

create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- No foreign key, because the event outlives the account.
  actor_account_id bigint,
  -- The key with which the account acted, if it used one. Neither has this a foreign key.
  api_key_id bigint,
  actor text not null check (actor in ('account', 'visitor', 'system', 'command')),
  action text not null check (action ~ '^[a-z-]+\.[a-z-]+$'),
  subject_type text not null,
  subject_id text not null,
  detail jsonb not null default '{}',
  ip inet,
  request_id text
);
-- The list, newest first: all events, by subject, by actor, by action; and by the reference that an error page shows.
create index audit_events_at on audit_events (at, id);
create index audit_events_subject on audit_events (subject_type, subject_id, at, id);
create index audit_events_account on audit_events (actor_account_id, at, id) where actor_account_id is not null;
create index audit_events_actor on audit_events (actor, at, id) where actor <> 'account';
create index audit_events_action on audit_events (action, at, id);
create index audit_events_request on audit_events (request_id, id) where request_id is not null;
create index audit_events_ip on audit_events (at) where ip is not null;
create trigger audit_events_append_only before delete on audit_events
  for each row execute function reject_change();
-- After the retention period, the IP address is deleted. Nothing else ever changes.
create trigger audit_events_only_forget_ip before update on audit_events for each row
  when (new.ip is not null or to_jsonb(new) - 'ip' is distinct from to_jsonb(old) - 'ip')
  execute function reject_change();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function reject_change();

-- The columns are prescribed by rate-limiter-flexible.
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_expire on rate_limits (expire);

-- An API client's idempotency key, a hash of its request, and the response to replay.
create table idempotency_keys (
  account_id bigint not null references accounts on delete cascade,
  key text not null check (length(key) between 1 and 200),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  response json,
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);
