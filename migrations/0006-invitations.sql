-- Campaigns; invitations, their links, and what happened to them.

-- Many invitations sent for one purpose. Only the draft that staff confirmed is sent.
create table campaigns (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 100),
  -- The import with its recipients.
  import_id bigint references imports on delete set null,
  created_by bigint references accounts on delete set null,
  -- The origin of the latest request, for the audit events that the worker records later.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- When all recipients were stored, and when their eligibility was checked.
  recipients_loaded_at timestamptz,
  checked_at timestamptz,
  -- Increases with each change of the draft. An older version can't be sent.
  version integer not null default 1,
  message text not null default '' check (length(message) <= 2000),
  -- For recipients whose language is not known.
  language text check (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  validity_days integer not null check (validity_days between 1 and 90),
  -- The group of recipients who have none of their own.
  group_id bigint references groups,
  group_role text check (group_role in ('owner', 'admin', 'member')),
  -- The warnings that staff override, such as `declined`, for recipients who had them at the check.
  override text[] not null default '{}',
  confirmed_at timestamptz,
  confirmed_by bigint references accounts on delete set null,
  finished_at timestamptz,
  recalled_at timestamptz,
  recalled_by bigint references accounts on delete set null,
  recall_reason text check (length(recall_reason) <= 500),
  recall_finished_at timestamptz,
  -- When the recipients were deleted after their retention period. The counts stay.
  recipients_purged_at timestamptz,
  recipient_count integer not null default 0,
  -- The worker has processed every recipient up to this position.
  last_position integer not null default 0,
  checked_count integer not null default 0,
  -- How many recipients staff confirmed to invite, and how many of them were invited, skipped or recalled.
  confirmed_count integer,
  invited_count integer not null default 0,
  skipped_count integer not null default 0,
  recalled_count integer not null default 0,
  -- The number of recipients by their exact reasons, such as {"open,declined": 3, "": 90}, and by outcome.
  reason_counts jsonb not null default '{}',
  outcome_counts jsonb not null default '{}',
  check ((group_id is null) = (group_role is null)),
  check (checked_at is null or recipients_loaded_at is not null),
  check (confirmed_at is null or checked_at is not null),
  check ((confirmed_at is null) = (confirmed_count is null)),
  check (finished_at is null or confirmed_at is not null),
  check (recalled_at is null or confirmed_at is not null),
  check (recall_finished_at is null or (recalled_at is not null and finished_at is not null))
);
create index campaigns_import on campaigns (import_id) where import_id is not null;
create index campaigns_created_by on campaigns (created_by) where created_by is not null;
create index campaigns_confirmed_by on campaigns (confirmed_by) where confirmed_by is not null;
create index campaigns_recalled_by on campaigns (recalled_by) where recalled_by is not null;
create index campaigns_group on campaigns (group_id) where group_id is not null;

create table campaign_recipients (
  campaign_id bigint not null references campaigns on delete cascade,
  -- The line in the file.
  position integer not null,
  email citext not null check (length(email) between 3 and 254),
  name text not null default '',
  -- These replace the campaign's.
  message text,
  language text,
  group_id bigint,
  group_role text,
  -- The eligibility reasons, most serious first. The first one is the status. Null until the check.
  reasons text[],
  status text,
  explanation text,
  -- invited, or why not. Null if the recipient was not included.
  outcome text,
  invitation_id bigint,
  primary key (campaign_id, position)
);
create unique index campaign_recipients_email on campaign_recipients (email, campaign_id);

create table invitations (
  id bigint generated always as identity primary key,
  -- Short and not secret. Shown in mails and on pages, so that support staff can find the invitation.
  reference text not null unique check (reference ~ '^[0-9A-HJKMNP-TV-Z]{8}$'),
  email citext not null check (length(email) between 3 and 254),
  message text check (length(message) <= 2000),
  -- Used while neither an account nor a record of the address has one.
  language text check (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  staff_role text check (staff_role in ('support', 'admin')),
  validity_days integer not null check (validity_days between 1 and 90),
  created_at timestamptz not null default now(),
  -- Null for an invitation created by a command.
  invited_by bigint references accounts on delete set null,
  campaign_id bigint references campaigns,

  -- The group that accepting it joins. The right of the person who added it is checked again on acceptance.
  group_id bigint references groups,
  group_role text check (group_role in ('owner', 'admin', 'member')),
  group_invited_by bigint references accounts on delete set null,

  -- The timestamps that determine its status.
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by bigint references accounts on delete set null,
  revoked_at timestamptz,
  revoked_by bigint references accounts on delete set null,
  revoked_reason text check (length(revoked_reason) <= 500),
  declined_at timestamptz,
  declined_reason text check (declined_reason in ('not-me', 'rather-not', 'stop', 'deceased')),
  replaced_by bigint references invitations,
  -- The person said that they are too young. No link can be used until staff lift the block.
  age_blocked_at timestamptz,

  -- What happened to the mail with the current link, and when a person first opened that link.
  delivered_at timestamptz,
  bounced_at timestamptz,
  failed_at timestamptz,
  -- Not sent in the end: the address was suppressed, or the invitation no longer open, by the time of sending.
  dropped_at timestamptz,
  opened_at timestamptz,
  -- Whether the current link is shared by a person instead of mailed.
  link_shared boolean not null default false,

  -- When the worker recorded the expiry, which notifies webhooks once, and when the person was reminded before and
  -- after the expiry.
  expiry_recorded_at timestamptz,
  reminded_at timestamptz,
  expiry_reminded_at timestamptz,

  -- Copied from the directory so that lists of a million rows can filter and search by it. Triggers below keep the
  -- copies up to date. A shared address has the names of all records, and the batch and center of the earliest batch.
  name text not null default '' check (length(name) <= 500),
  batch integer,
  center text,

  -- Generated for filtering and sorting lists. `stage` can't depend on the clock, so stage 1 includes invitations that
  -- expired after the worker's last run.
  stage smallint not null generated always as (case
    when accepted_at is not null then 2
    when revoked_at is not null then 4
    when declined_at is not null then 3
    when expiry_recorded_at is not null then 0
    else 1 end) stored,
  delivery text not null generated always as (case
    when bounced_at is not null then 'bounced'
    when failed_at is not null then 'failed'
    when opened_at is not null then 'opened'
    when link_shared then 'link'
    when delivered_at is not null then 'sent'
    when dropped_at is not null then 'dropped'
    else 'queued' end) stored,
  search_text text not null generated always as (' ' || fold_text(email::text || ' ' || name)) stored,

  check (expires_at > created_at),
  check (num_nonnulls(accepted_at, revoked_at, declined_at) <= 1),
  check (accepted_by is null or accepted_at is not null),
  check ((declined_at is null) = (declined_reason is null)),
  check ((group_id is null) = (group_role is null)),
  check (expiry_recorded_at >= expires_at)
);
create unique index invitations_one_open on invitations (email)
  where accepted_at is null and revoked_at is null and declined_at is null;
create index invitations_email on invitations (email, id);
create index invitations_search on invitations using gin (search_text gin_trgm_ops);
create index invitations_campaign on invitations (campaign_id, id) where campaign_id is not null;

-- For the sort orders and filters of the list. Partial if only a few invitations match.
create index invitations_created on invitations (created_at, id);
create index invitations_expires on invitations (expires_at, id);
create index invitations_stage on invitations (stage, expires_at, id);
create index invitations_batch on invitations (batch, created_at, id) where batch is not null;
create index invitations_center on invitations (center, created_at, id) where center is not null;
create index invitations_inviter on invitations (invited_by, created_at, id) where invited_by is not null;
create index invitations_group on invitations (group_id, created_at, id) where group_id is not null;
-- Covers dates that an open doesn't change. With `delivery` in an index, each open would write to every index.
create index invitations_undelivered on invitations (created_at, id) include (bounced_at, failed_at)
  where bounced_at is not null or failed_at is not null;

-- Accepted and revoked are final. A decline can be undone until the invitation expires.
create function enforce_final_invitation() returns trigger language plpgsql as $$
begin
  if old.declined_at is not null and old.expires_at > now()
    and num_nonnulls(new.accepted_at, new.revoked_at, new.declined_at) = 0
  then
    return new;
  end if;
  if num_nonnulls(old.accepted_at, old.revoked_at, old.declined_at) = 1
    and (old.accepted_at, old.revoked_at, old.declined_at)
      is distinct from (new.accepted_at, new.revoked_at, new.declined_at)
  then
    raise exception 'invitation % is accepted, revoked or declined, which is final', old.id
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger invitations_enforce_final before update on invitations
  for each row execute function enforce_final_invitation();

create function directory_facts(address citext) returns table (name text, batch integer, center text)
language sql stable rows 1 as $$
  select left(string_agg(trim(m.first_name || ' ' || m.last_name), ', ' order by m.batch nulls last, m.id), 500),
    (array_agg(m.batch order by m.batch nulls last, m.id))[1],
    (array_agg(m.center order by m.batch nulls last, m.id))[1]
  from alumni_members m where m.email = address and m.active and not m.deceased
  having count(*) > 0
$$;

-- Sets the columns that depend on the address and the expiry date. A name that came with the invitation is kept until
-- the address is that of someone in the directory.
create function set_invitation_derived_columns() returns trigger language plpgsql as $$
declare facts record;
begin
  if tg_op = 'INSERT' then
    -- A bulk insert has looked up the name already.
    if new.name <> '' then return new; end if;
    select * into facts from directory_facts(new.email);
    if found then
      new.name := facts.name;
      new.batch := facts.batch;
      new.center := facts.center;
    end if;
    return new;
  end if;
  if new.email is distinct from old.email then
    select * into facts from directory_facts(new.email);
    if found then
      new.name := facts.name;
    elsif exists (select from directory_facts(old.email) other where other.name = old.name) then
      new.name := '';
    end if;
    new.batch := facts.batch;
    new.center := facts.center;
  end if;
  -- A new expiry date can expire and be reminded of again.
  if new.expires_at is distinct from old.expires_at then
    new.expiry_recorded_at := null;
    new.reminded_at := null;
    new.expiry_reminded_at := null;
  end if;
  return new;
end $$;
create trigger invitations_set_derived_columns before insert or update of email, expires_at on invitations
  for each row execute function set_invitation_derived_columns();

create function copy_directory_facts() returns trigger language plpgsql as $$
begin
  update invitations i set name = coalesce(facts.name, i.name), batch = facts.batch, center = facts.center
  from (select distinct email from changed where email is not null) addresses
  left join lateral directory_facts(addresses.email) facts on true
  where i.email = addresses.email
    and (i.name, i.batch, i.center) is distinct from (coalesce(facts.name, i.name), facts.batch, facts.center);
  return null;
end $$;
create trigger alumni_members_copy_inserted after insert on alumni_members
  referencing new table as changed for each statement execute function copy_directory_facts();
create trigger alumni_members_copy_updated after update on alumni_members
  referencing new table as changed for each statement execute function copy_directory_facts();
create trigger alumni_members_copy_replaced after update on alumni_members
  referencing old table as changed for each statement execute function copy_directory_facts();
create trigger alumni_members_copy_deleted after delete on alumni_members
  referencing old table as changed for each statement execute function copy_directory_facts();

create table invitation_links (
  id uuid primary key,
  invitation_id bigint not null references invitations on delete cascade,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  -- A mailed link proves the mailbox. A shared link doesn't.
  delivery text not null check (delivery in ('mail', 'link')),
  -- The address it was issued for. It no longer works after staff have corrected the invitation's address.
  email citext not null check (length(email) between 3 and 254),
  -- Requested by someone who had not proven the mailbox: earlier links keep working until this one is opened.
  requested_anonymously boolean not null default false,
  first_opened_at timestamptz,
  created_at timestamptz not null default now(),
  -- When a newer link was issued. If that one was requested anonymously, this one works until it is opened.
  superseded_at timestamptz,
  -- SHA-256 of the id of the session that redeemed it, so that a duplicate request from that session continues instead
  -- of failing.
  redeemed_session_hash bytea check (octet_length(redeemed_session_hash) = 32)
);
create unique index invitation_links_one_current on invitation_links (invitation_id) where superseded_at is null;
create index invitation_links_invitation on invitation_links (invitation_id, created_at);

create function record_link_shared() returns trigger language plpgsql as $$
begin
  update invitations i set link_shared = (inserted.delivery = 'link'), dropped_at = null from inserted
  where i.id = inserted.invitation_id and (i.link_shared <> (inserted.delivery = 'link') or i.dropped_at is not null);
  return null;
end $$;
create trigger invitation_links_record_shared after insert on invitation_links
  referencing new table as inserted for each statement execute function record_link_shared();

-- The code mailed to the invited address when someone opens a shared link.
create table mailbox_codes (
  id uuid primary key,
  link_id uuid not null references invitation_links on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  attempts integer not null default 0 check (attempts between 0 and 5),
  used_at timestamptz,
  check (expires_at > created_at)
);
create index mailbox_codes_link on mailbox_codes (link_id, created_at desc);

-- Who opened a link, as far as we can know: a mail scanner or a person. Counted, so that a link has only a few rows
-- however often it is opened. No IP address and no header is kept.
create table link_opens (
  link_id uuid not null references invitation_links on delete cascade,
  invitation_id bigint not null references invitations on delete cascade,
  -- scanner: a program. unconfirmed: opened, but the page after it was never shown. person: that page was shown.
  -- invalid: the link no longer worked. form-error: the registration form was submitted with errors.
  kind text not null check (kind in ('scanner', 'unconfirmed', 'person', 'invalid', 'form-error')),
  -- The browser in plain words, or the names of the invalid form fields.
  detail text not null check (length(detail) <= 120),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  open_count integer not null default 1 check (open_count >= 1),
  primary key (link_id, kind, detail),
  check (last_at >= first_at)
);
create index link_opens_invitation on link_opens (invitation_id);
create index link_opens_last on link_opens (last_at);

-- The inviter asked for a mail when the invitation is accepted, and one when a mail can't be delivered.
create table inviter_notifications (
  invitation_id bigint primary key references invitations on delete cascade,
  created_at timestamptz not null default now(),
  acceptance_notified_at timestamptz,
  failure_notified_at timestamptz
);

-- The first year of birth entered for an invitation, for the person or for a record, as an HMAC with a key that is not
-- in the database. Deleted when the invitation is accepted or blocked.
create table first_entered_years (
  invitation_id bigint not null references invitations on delete cascade,
  -- `own`, or the id of a record.
  subject text not null check (subject ~ '^(own|[0-9]+)$'),
  mac bytea not null check (octet_length(mac) = 32),
  primary key (invitation_id, subject)
);

-- "Send me a new link", which a job resolves if it can; "This person has died"; and what keeps someone from registering
-- or being found, such as "My name has changed". Staff resolve the rest.
create table invitation_requests (
  id bigint generated always as identity primary key,
  kind text not null default 'new-link' check (kind in
    ('new-link', 'deceased', 'name-changed', 'shared-address', 'wrong-school', 'address-lost', 'mailbox-lost',
     'find-record')),
  -- The address that was invited, or the account's.
  email citext not null check (length(email) between 3 and 254),
  requested_at timestamptz not null default now(),
  last_requested_at timestamptz not null default now(),
  request_count integer not null default 1 check (request_count >= 1),
  invitation_id bigint references invitations on delete cascade,
  -- The member whose record can't be found.
  account_id bigint references accounts on delete cascade,
  -- What the person wrote. Nothing of it is checked.
  name text check (length(name) between 1 and 200),
  school_name text check (length(school_name) between 1 and 200),
  last_year integer check (last_year between 1900 and 2100),
  center text check (length(center) between 1 and 100),
  new_email citext check (length(new_email) between 3 and 254),
  note text check (length(note) between 1 and 1000),
  resolved_at timestamptz,
  -- withdrawn: by the person who had reported the death.
  resolution text check (resolution in ('resent', 'invited', 'password-reset', 'dismissed', 'confirmed', 'withdrawn',
    'record-changed', 'matched', 'address-change')),
  -- Null if the job resolved it.
  resolved_by bigint references accounts on delete set null,
  -- The address to which staff corrected it.
  corrected_email citext check (length(corrected_email) between 3 and 254),
  dismissed_reason text check (length(dismissed_reason) between 1 and 500),
  check ((resolved_at is null) = (resolution is null)),
  check ((kind in ('shared-address', 'address-lost', 'mailbox-lost')) = (new_email is not null)),
  check ((kind = 'find-record') = (account_id is not null)),
  constraint invitation_requests_dismissed_with_reason
    check (coalesce(resolution = 'dismissed', false) = (dismissed_reason is not null))
);
-- Each of several people who share an address can ask for an invitation to their own. Anyone can claim to have lost a mailbox, so
-- one such request doesn't replace another.
create unique index invitation_requests_one_open on invitation_requests
  (email, kind, (case when kind in ('shared-address', 'mailbox-lost') then new_email else email end)) where resolved_at is null;
create index invitation_requests_open on invitation_requests (requested_at, id) where resolved_at is null;
create index invitation_requests_resolved on invitation_requests (resolved_at, id) where resolved_at is not null;
create index invitation_requests_resolved_email on invitation_requests (email, resolved_at) where resolved_at is not null;
create index invitation_requests_email on invitation_requests (email, requested_at);
create index invitation_requests_invitation on invitation_requests (invitation_id) where invitation_id is not null;
create index invitation_requests_new_email on invitation_requests (new_email) where new_email is not null;
create index invitation_requests_account on invitation_requests (account_id) where account_id is not null;
create index invitation_requests_resolver on invitation_requests (resolved_by) where resolved_by is not null;

-- One action on many invitations. It runs in chunks, each in its own transaction.
create table bulk_actions (
  id bigint generated always as identity primary key,
  type text not null check (type in ('resend', 'extend', 'revoke')),
  -- The filter that all of them match; null if staff selected single rows.
  filter jsonb,
  reason text check (length(reason) <= 500),
  days integer check (days between 1 and 90),
  created_by bigint references accounts on delete set null,
  -- The origin of the request, recorded with the events of each chunk.
  ip inet,
  request_id text,
  created_at timestamptz not null default now(),
  -- Set when its targets are stored.
  started_at timestamptz,
  finished_at timestamptz,
  total integer,
  done integer not null default 0,
  skipped integer not null default 0,
  -- Chunks are processed in order of id. The worker has processed every invitation up to this one.
  last_invitation_id bigint not null default 0,
  check ((type = 'extend') = (days is not null)),
  check ((started_at is null) = (total is null)),
  check (finished_at >= started_at)
);
create index bulk_actions_created_by on bulk_actions (created_by) where created_by is not null;

-- The invitations it applies to. After the action, only the skipped ones are kept. No foreign keys, because up to a
-- million rows are written in one statement.
create table bulk_action_targets (
  bulk_action_id bigint not null,
  invitation_id bigint not null,
  skip_reason text check (skip_reason in
    ('accepted', 'revoked', 'declined', 'blocked', 'recently-sent', 'resend-limit', 'max-validity', 'superseded',
      'not-found')),
  primary key (bulk_action_id, invitation_id)
);
