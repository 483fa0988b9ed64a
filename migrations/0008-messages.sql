-- One outgoing mail. It names what it is about by ids; a secret link is derived again when it is sent.
create table messages (
  id uuid primary key default gen_random_uuid(),
  template text not null,
  recipient citext not null,
  -- The row that the template is filled from: a link, a code, a reset, an account.
  subject_id text not null,
  invitation_id bigint references invitations on delete cascade,
  account_id bigint references accounts on delete cascade,
  reference text not null,
  queued_at timestamptz not null default now(),
  sent_at timestamptz,
  bounced_at timestamptz,
  failed_at timestamptz,
  dropped_at timestamptz,
  attempts integer not null default 0,
  last_error text check (length(last_error) <= 500),
  check (num_nonnulls(sent_at, bounced_at, failed_at, dropped_at) <= 1)
);
create index messages_invitation on messages (invitation_id, queued_at) where invitation_id is not null;
create index messages_recipient on messages (recipient, queued_at desc);
create index messages_waiting on messages (queued_at)
  where sent_at is null and bounced_at is null and failed_at is null and dropped_at is null;

-- One row: the mail server refuses our sign-in, so nothing is sent until it is mended.
create table mail_pause (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  reason text check (length(reason) <= 500)
);
insert into mail_pause default values;
