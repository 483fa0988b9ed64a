create table invitations (
  id bigint generated always as identity primary key,
  -- Short and not secret: it stands in mails and on pages, so that support staff can find the case.
  reference text not null unique check (reference ~ '^[0-9A-HJKMNP-TV-Z]{8}$'),
  email citext not null check (length(email) between 3 and 254),
  message text check (length(message) <= 2000),
  staff_role text check (staff_role in ('support', 'admin')),
  validity_days integer not null check (validity_days between 1 and 90),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by bigint references accounts on delete set null,
  revoked_at timestamptz,
  revoked_by bigint references accounts on delete set null,
  revoked_reason text check (length(revoked_reason) <= 500),
  declined_at timestamptz,
  declined_reason text check (declined_reason in ('not-me', 'rather-not', 'stop', 'deceased')),
  -- Null: made by a command on the server.
  invited_by bigint references accounts on delete set null,
  replaced_by bigint references invitations,
  check (expires_at > created_at),
  check (num_nonnulls(accepted_at, revoked_at, declined_at) <= 1),
  check (accepted_by is null or accepted_at is not null),
  check ((declined_at is null) = (declined_reason is null))
);
create unique index invitations_one_open on invitations (email)
  where accepted_at is null and revoked_at is null and declined_at is null;
create index invitations_created on invitations (created_at, id);
create index invitations_expires on invitations (expires_at, id);
create index invitations_email on invitations (email, id);

create function keep_invitation_final() returns trigger language plpgsql as $$
begin
  -- Who declined may change their mind until the invitation expires.
  if old.declined_at is not null and old.expires_at > now()
    and num_nonnulls(new.accepted_at, new.revoked_at, new.declined_at) = 0
  then
    return new;
  end if;
  if num_nonnulls(old.accepted_at, old.revoked_at, old.declined_at) = 1
    and (old.accepted_at, old.revoked_at, old.declined_at)
      is distinct from (new.accepted_at, new.revoked_at, new.declined_at)
  then
    raise exception 'invitation % is accepted, revoked or declined, and stays so', old.id
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger invitations_stay_final before update on invitations
  for each row execute function keep_invitation_final();

create table invitation_links (
  id uuid primary key,
  invitation_id bigint not null references invitations on delete cascade,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  -- A mailed link proves the mailbox; one that a person hands on does not.
  delivery text not null check (delivery in ('mail', 'link')),
  -- The address it was made for: an invitation whose address was corrected since is not this person's any more.
  email citext not null check (length(email) between 3 and 254),
  -- Asked for by somebody who proved nothing: earlier links stay good until this one is opened.
  requested boolean not null default false,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  -- SHA-256 of the id of the session that redeemed it: that session's second click is led on instead of being refused.
  redeemed_session bytea check (octet_length(redeemed_session) = 32)
);
create unique index invitation_links_one_current on invitation_links (invitation_id) where retired_at is null;
create index invitation_links_invitation on invitation_links (invitation_id, created_at);

create table mailbox_codes (
  id uuid primary key,
  link_id uuid not null references invitation_links on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  tries integer not null default 0 check (tries between 0 and 5),
  used_at timestamptz,
  check (expires_at > created_at)
);
create index mailbox_codes_link on mailbox_codes (link_id, created_at desc);

create table link_requests (
  id bigint generated always as identity primary key,
  email citext not null check (length(email) between 3 and 254),
  asked_at timestamptz not null default now(),
  last_asked_at timestamptz not null default now(),
  times integer not null default 1 check (times >= 1),
  invitation_id bigint references invitations on delete cascade,
  answered_at timestamptz,
  answer text check (answer in ('resent')),
  check ((answered_at is null) = (answer is null))
);
create unique index link_requests_one_open on link_requests (email) where answered_at is null;
create index link_requests_answered on link_requests (email, answered_at) where answered_at is not null;
