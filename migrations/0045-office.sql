-- Why an administrator shut somebody out; forgotten when they are let in again.
alter table accounts
  add column suspended_reason text check (length(suspended_reason) <= 500),
  add check (suspended_reason is null or suspended_at is not null);
create index accounts_staff on accounts (id) where staff_role is not null;
create index accounts_suspended on accounts (id) where suspended_at is not null;

-- An administrator says that the address takes mail again: this bounce counts no more.
alter table messages
  add column bounce_released_at timestamptz,
  add check (bounce_released_at is null or bounced_at is not null);
create index messages_bounces on messages (bounced_at, id) where bounced_at is not null and bounce_released_at is null;
create index messages_sent on messages (sent_at) where sent_at is not null;

-- The outbox: newest first, by what became of a mail, by template, by words of an address.
alter table messages
  add column delivery text not null generated always as (case when sent_at is not null then 'sent'
    when bounced_at is not null then 'bounced' when failed_at is not null then 'failed'
    when dropped_at is not null then 'dropped' else 'waiting' end) stored,
  add column search_text text not null generated always as (' ' || fold_text(recipient::text)) stored;
create index messages_queued on messages (queued_at, id);
create index messages_delivery on messages (delivery, queued_at, id);
create index messages_template on messages (template, queued_at, id);
create index messages_search on messages using gin (search_text gin_trgm_ops);

-- The office's own words in mails.
alter table settings
  add column invitation_subject text not null default 'Your invitation to {organisation}'
    check (length(invitation_subject) between 1 and 150),
  add column mail_greeting text not null default 'Hello {name},' check (length(mail_greeting) between 1 and 150),
  add column mail_greeting_nameless text not null default 'Hello,'
    check (length(mail_greeting_nameless) between 1 and 150);
