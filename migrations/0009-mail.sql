-- Outgoing mail.

-- One outgoing mail. It contains only ids: the worker derives the secret link again when it sends the mail.
create table messages (
  id uuid primary key default gen_random_uuid(),
  template text not null,
  recipient citext not null,
  -- The id of the row that the template reads its values from: a link, a code, a reset, an account.
  subject_id text not null,
  invitation_id bigint references invitations on delete cascade,
  account_id bigint references accounts on delete cascade,
  reference text not null,
  queued_at timestamptz not null default now(),
  sent_at timestamptz,
  bounced_at timestamptz,
  failed_at timestamptz,
  -- No longer due when the worker came to it: revoked, superseded, account deleted.
  dropped_at timestamptz,
  attempts integer not null default 0,
  last_error text check (length(last_error) <= 500),
  -- The person has just requested it (a code, a new password, a new link), so it is sent even to an address that bounced.
  is_requested boolean not null default false,

  delivery_status text not null generated always as (case when sent_at is not null then 'sent'
    when bounced_at is not null then 'bounced' when failed_at is not null then 'failed'
    when dropped_at is not null then 'dropped' else 'queued' end) stored,
  search_text text not null generated always as (' ' || fold_text(recipient::text)) stored,
  check (num_nonnulls(sent_at, bounced_at, failed_at, dropped_at) <= 1)
);
create index messages_invitation on messages (invitation_id, queued_at) where invitation_id is not null;
create index messages_recipient on messages (recipient, queued_at desc);
create index messages_reference on messages (reference);
create index messages_unsent on messages (queued_at)
  where sent_at is null and bounced_at is null and failed_at is null and dropped_at is null;
create index messages_sent on messages (sent_at) where sent_at is not null;

-- The outbox, newest first: all messages, by delivery status, by template, by parts of an address.
create index messages_queued on messages (queued_at, id);
create index messages_delivery_status on messages (delivery_status, queued_at, id);
create index messages_template on messages (template, queued_at, id);
create index messages_search on messages using gin (search_text gin_trgm_ops);

-- Only the mail with the current link sets the delivery columns of an invitation. A delivered link clears an earlier
-- bounce, and a reminder counts like the first mail. A mail to another address or with an older link is ignored. A mail
-- that was dropped is ignored too, unless it is the only one with this link.
create function record_invitation_delivery() returns trigger language plpgsql as $$
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
create trigger messages_record_invitation_delivery after update on messages for each row
  when (new.template in ('invitation', 'invitation-reminder', 'invitation-expired') and new.invitation_id is not null
    and num_nonnulls(new.sent_at, new.bounced_at, new.failed_at, new.dropped_at) = 1
    and (new.sent_at, new.bounced_at, new.failed_at, new.dropped_at)
      is distinct from (old.sent_at, old.bounced_at, old.failed_at, old.dropped_at))
  execute function record_invitation_delivery();

-- Why we don't write to an address. Lifting a suppression keeps its row; the next one is a new row.
create table suppressions (
  id bigint generated always as identity primary key,
  -- Null once the person was erased. Their address is then an HMAC with a key that is not in the database.
  email citext check (length(email) between 3 and 254),
  email_mac bytea check (octet_length(email_mac) = 32),
  kind text not null check (kind in ('bounced', 'complained', 'unsubscribed', 'deceased')),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  -- The mail server's response, or the reason that a person gave.
  reason text check (length(reason) <= 500),
  invitation_id bigint references invitations on delete set null,
  message_id uuid references messages on delete set null,
  lifted_at timestamptz,
  lifted_by bigint references accounts on delete set null,
  lifted_reason text check (length(lifted_reason) <= 500),
  check (lifted_at is not null or (lifted_by is null and lifted_reason is null)),
  check ((email is null) = (email_mac is not null))
);
create unique index suppressions_one_active on suppressions (email, kind) where lifted_at is null;
create index suppressions_created on suppressions (created_at, id) where lifted_at is null;
create index suppressions_email on suppressions (email);
create unique index suppressions_one_active_mac on suppressions (email_mac, kind) where lifted_at is null;
create index suppressions_invitation on suppressions (invitation_id) where invitation_id is not null;
create index suppressions_message on suppressions (message_id) where message_id is not null;

-- One row: while the mail server rejects our sign-in, no mail is sent.
create table mail_pause (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  reason text check (length(reason) <= 500)
);
insert into mail_pause default values;
