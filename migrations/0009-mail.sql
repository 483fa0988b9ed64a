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
  -- The person has just asked for it: a code, a new password, a new link. It is sent even to an address that bounced.
  is_requested boolean not null default false,

  delivery text not null generated always as (case when sent_at is not null then 'sent'
    when bounced_at is not null then 'bounced' when failed_at is not null then 'failed'
    when dropped_at is not null then 'dropped' else 'queued' end) stored,
  search_text text not null generated always as (' ' || fold_text(recipient::text)) stored,
  check (num_nonnulls(sent_at, bounced_at, failed_at, dropped_at) <= 1)
);
create index messages_invitation on messages (invitation_id, queued_at) where invitation_id is not null;
create index messages_recipient on messages (recipient, queued_at desc);
create index messages_reference on messages (reference);
create index messages_waiting on messages (queued_at)
  where sent_at is null and bounced_at is null and failed_at is null and dropped_at is null;
create index messages_sent on messages (sent_at) where sent_at is not null;

-- The outbox, newest first: all of it, by delivery, by template, by words of an address.
create index messages_queued on messages (queued_at, id);
create index messages_delivery on messages (delivery, queued_at, id);
create index messages_template on messages (template, queued_at, id);
create index messages_search on messages using gin (search_text gin_trgm_ops);

-- The mail with the current link decides what an invitation says of its delivery: a link that arrives cancels an earlier
-- bounce, and a reminder says as much about the address as the first mail. A mail that was on its way to another address
-- or with an older link no longer counts. Neither does a mail that wasn't sent, unless nothing else is known of the link.
create function note_invitation_mail() returns trigger language plpgsql as $$
begin
  update invitations i set
    delivered_at = case when new.sent_at is not null then coalesce(i.delivered_at, new.sent_at) else i.delivered_at end,
    bounced_at = case when new.dropped_at is null then new.bounced_at else i.bounced_at end,
    failed_at = case when new.dropped_at is null then new.failed_at else i.failed_at end,
    dropped_at = new.dropped_at
  where i.id = new.invitation_id and exists (
    select from invitation_links l
    where l.invitation_id = i.id and l.superseded_at is null and l.id::text = new.subject_id
  );
  return null;
end $$;
create trigger messages_note_invitation after update on messages for each row
  when (new.template in ('invitation', 'invitation-reminder', 'invitation-expired') and new.invitation_id is not null
    and num_nonnulls(new.sent_at, new.bounced_at, new.failed_at, new.dropped_at) = 1
    and (new.sent_at, new.bounced_at, new.failed_at, new.dropped_at)
      is distinct from (old.sent_at, old.bounced_at, old.failed_at, old.dropped_at))
  execute function note_invitation_mail();

-- Why we don't write to an address. Lifting a suppression keeps its row; the next one is a new row.
create table suppressions (
  id bigint generated always as identity primary key,
  email citext not null check (length(email) between 3 and 254),
  kind text not null check (kind in ('bounced', 'complained', 'unsubscribed', 'deceased')),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  -- The mail server's words, or what staff gave as the reason.
  because text check (length(because) <= 500),
  invitation_id bigint references invitations on delete set null,
  message_id uuid references messages on delete set null,
  lifted_at timestamptz,
  lifted_by bigint references accounts on delete set null,
  lifted_reason text check (length(lifted_reason) <= 500),
  check (lifted_at is not null or (lifted_by is null and lifted_reason is null))
);
create unique index suppressions_one_in_force on suppressions (email, kind) where lifted_at is null;
create index suppressions_created on suppressions (created_at, id) where lifted_at is null;
create index suppressions_email on suppressions (email);
create index suppressions_invitation on suppressions (invitation_id) where invitation_id is not null;
create index suppressions_message on suppressions (message_id) where message_id is not null;

-- One row: while the mail server refuses our sign-in, nothing is sent.
create table mail_pause (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  reason text check (length(reason) <= 500)
);
insert into mail_pause default values;
