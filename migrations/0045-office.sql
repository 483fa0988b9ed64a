-- Why an administrator shut somebody out; forgotten when they are let in again.
alter table accounts
  add column suspended_reason text check (length(suspended_reason) <= 500),
  add check (suspended_reason is null or suspended_at is not null);
create index accounts_parts on accounts using gin ((email::text || ' ' || name) gin_trgm_ops);
create index accounts_staff on accounts (id) where staff_role is not null;
create index accounts_suspended on accounts (id) where suspended_at is not null;

-- An administrator says that the address takes mail again: this bounce counts no more.
alter table messages
  add column bounce_released_at timestamptz,
  add check (bounce_released_at is null or bounced_at is not null);
create index messages_bounces on messages (bounced_at, id) where bounced_at is not null and bounce_released_at is null;
create index messages_sent on messages (sent_at) where sent_at is not null;

-- The outbox: newest first, by state and template, by part of an address. References have an index of their own: their
-- random letters would be most of this one.
create index messages_queued on messages (queued_at, id);
create index messages_template on messages (template, queued_at, id);
create index messages_state on messages ((case when sent_at is not null then 'sent' when bounced_at is not null
  then 'bounced' when failed_at is not null then 'failed' when dropped_at is not null then 'dropped' else 'waiting' end),
  queued_at, id);
create index messages_state_template on messages ((case when sent_at is not null then 'sent' when bounced_at is not null
  then 'bounced' when failed_at is not null then 'failed' when dropped_at is not null then 'dropped' else 'waiting' end),
  template, queued_at, id);
create index messages_parts on messages using gin ((recipient::text) gin_trgm_ops);

-- The audit: by time, by kind of subject, by what one person did.
create index audit_events_at on audit_events (at);
create index audit_events_subject_type on audit_events (subject_type, id);
create index audit_events_actor_action on audit_events (actor_account_id, action, id) where actor_account_id is not null;
create index audit_events_actor_subject on audit_events (actor_account_id, subject_type, id)
  where actor_account_id is not null;
create index audit_events_without_account on audit_events (actor, id) where actor <> 'account';

-- The office's own words in mails.
alter table settings
  add column invitation_subject text not null default 'Your invitation to {organisation}'
    check (length(invitation_subject) between 1 and 150),
  add column mail_greeting text not null default 'Hello {name},' check (length(mail_greeting) between 1 and 150),
  add column mail_greeting_nameless text not null default 'Hello,'
    check (length(mail_greeting_nameless) between 1 and 150);
