-- Outgoing mail.

-- One outgoing mail. It holds ids only: the worker derives its secret link again when it sends.
create table messages (
  id uuid primary key default gen_random_uuid(),
  template text not null,
  recipient citext not null,
  -- The id of what the template is filled from: a link, a code, a reset, an account.
  subject_id text not null,
  invitation_id bigint references invitations on delete cascade,
  account_id bigint references accounts on delete cascade,
  reference text not null,
  queued_at timestamptz not null default now(),
  sent_at timestamptz,
  bounced_at timestamptz,
  failed_at timestamptz,
  -- No longer due when its turn came: revoked, superseded, account deleted.
  dropped_at timestamptz,
  attempts integer not null default 0,
  last_error text check (length(last_error) <= 500),
  -- An administrator says that the address accepts mail again: this bounce no longer counts.
  bounce_released_at timestamptz,

  delivery text not null generated always as (case when sent_at is not null then 'sent'
    when bounced_at is not null then 'bounced' when failed_at is not null then 'failed'
    when dropped_at is not null then 'dropped' else 'waiting' end) stored,
  search_text text not null generated always as (' ' || fold_text(recipient::text)) stored,
  check (num_nonnulls(sent_at, bounced_at, failed_at, dropped_at) <= 1),
  check (bounce_released_at is null or bounced_at is not null)
);
create index messages_invitation on messages (invitation_id, queued_at) where invitation_id is not null;
create index messages_recipient on messages (recipient, queued_at desc);
create index messages_reference on messages (reference);
create index messages_waiting on messages (queued_at)
  where sent_at is null and bounced_at is null and failed_at is null and dropped_at is null;
create index messages_sent on messages (sent_at) where sent_at is not null;
create index messages_bounces on messages (bounced_at, id) where bounced_at is not null and bounce_released_at is null;

-- The outbox, newest first: all of it, by delivery, by template, by words of an address.
create index messages_queued on messages (queued_at, id);
create index messages_delivery on messages (delivery, queued_at, id);
create index messages_template on messages (template, queued_at, id);
create index messages_search on messages using gin (search_text gin_trgm_ops);

-- The mail with the current link decides what an invitation says of its delivery: a link that arrives cancels an earlier
-- bounce, and a reminder says as much about the address as the first mail. A mail that was on its way to another address
-- or with an older link no longer counts.
create function note_invitation_mail() returns trigger language plpgsql as $$
begin
  update invitations i set
    delivered_at = case when new.sent_at is not null then coalesce(i.delivered_at, new.sent_at) else i.delivered_at end,
    bounced_at = new.bounced_at,
    failed_at = new.failed_at
  where i.id = new.invitation_id and exists (
    select from invitation_links l
    where l.invitation_id = i.id and l.superseded_at is null and l.id::text = new.subject_id
  );
  return null;
end $$;
create trigger messages_note_invitation after update on messages for each row
  when (new.template in ('invitation', 'invitation-reminder', 'invitation-expired') and new.invitation_id is not null
    and num_nonnulls(new.sent_at, new.bounced_at, new.failed_at) = 1
    and (new.sent_at, new.bounced_at, new.failed_at) is distinct from (old.sent_at, old.bounced_at, old.failed_at))
  execute function note_invitation_mail();

-- One row: while the mail server refuses our sign-in, nothing is sent.
create table mail_pause (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  reason text check (length(reason) <= 500)
);
insert into mail_pause default values;
