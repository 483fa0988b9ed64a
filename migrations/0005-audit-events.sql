create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- No foreign key: the event outlives the account.
  actor_account_id bigint,
  actor text not null check (actor in ('account', 'visitor', 'system', 'command')),
  action text not null check (action ~ '^[a-z-]+\.[a-z-]+$'),
  subject_type text not null,
  subject_id text not null,
  detail jsonb not null default '{}',
  ip inet,
  request_id text
);
-- The list, newest first: all of it, by subject, by actor, by action.
create index audit_events_at on audit_events (at, id);
create index audit_events_subject on audit_events (subject_type, subject_id, at, id);
create index audit_events_account on audit_events (actor_account_id, at, id) where actor_account_id is not null;
create index audit_events_actor on audit_events (actor, at, id) where actor <> 'account';
create index audit_events_action on audit_events (action, at, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_change();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function refuse_change();
