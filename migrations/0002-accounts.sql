-- Everyone who can sign in, and their credentials.

create table accounts (
  id bigint generated always as identity primary key,
  email citext not null unique check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 200),
  password_hash text not null check (password_hash like '$argon2id$%'),
  password_changed_at timestamptz not null default now(),
  staff_role text check (staff_role in ('support', 'admin')),
  -- As stated by the person; used when no alumni record has the year.
  year_of_birth integer check (year_of_birth between 1900 and 2100),
  -- As chosen by the person.
  language text check (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz,
  two_step_enabled_at timestamptz,
  -- Incremented by each change that ends all sessions and bearer tokens of the account. A date or a role could change
  -- back and revive an old session; a number that only grows can't.
  security_version integer not null default 0,

  suspended_at timestamptz,
  -- Cleared when the suspension is lifted.
  suspended_reason text check (length(suspended_reason) <= 500),

  -- Since when and why the account waits for a decision by staff.
  held_for_review_at timestamptz,
  held_for_review_reason text check (held_for_review_reason in
    ('minors-address', 'unlikely-year', 'changed-year', 'minor-without-record', 'too-young')),
  hold_lifted_at timestamptz,

  -- Since when the person agrees to be shown to members of the same batch. See `is_adult_member`.
  shown_to_classmates_at timestamptz,

  -- Staff decided that this account needs no alumni record, so it leaves the list of unmatched accounts.
  no_record_needed_at timestamptz,
  no_record_needed_by bigint references accounts on delete set null,

  -- Starts with a space, so that the search can match the start of every word.
  search_text text not null generated always as (' ' || fold_text(email::text || ' ' || name)) stored,
  check (suspended_reason is null or suspended_at is not null),
  check ((held_for_review_at is null) = (held_for_review_reason is null))
);
create index accounts_search on accounts using gin (search_text gin_trgm_ops);
create index accounts_mail_domain on accounts (split_part(lower(email::text), '@', 2));
create index accounts_staff on accounts (id) where staff_role is not null;
create index accounts_suspended on accounts (id) where suspended_at is not null;
create index accounts_held_for_review on accounts (held_for_review_at, id) where held_for_review_at is not null;
create index accounts_no_record_needed on accounts (no_record_needed_at, id) where no_record_needed_at is not null;
create index accounts_no_record_needed_by on accounts (no_record_needed_by) where no_record_needed_by is not null;

-- Changes of the address with which someone signs in. A link to the new mailbox confirms it, one to the old mailbox undoes it.
create table address_changes (
  -- Also the id of both links.
  id uuid primary key,
  account_id bigint not null references accounts on delete cascade,
  old_email citext not null check (length(old_email) between 3 and 254),
  new_email citext not null check (length(new_email) between 3 and 254),
  -- Why staff change it. Null: the member asked for it, and must be signed in to confirm it.
  reason text check (length(reason) between 1 and 500),
  requested_at timestamptz not null default now(),
  expires_at timestamptz not null,
  confirm_token_hash bytea not null unique check (octet_length(confirm_token_hash) = 32),
  undo_token_hash bytea not null unique check (octet_length(undo_token_hash) = 32),
  confirmed_at timestamptz,
  -- Replaced by a newer request, or stopped from the old mailbox.
  cancelled_at timestamptz,
  undone_at timestamptz,
  check (expires_at > requested_at),
  check (confirmed_at is null or cancelled_at is null),
  check (undone_at is null or confirmed_at is not null),
  check (old_email <> new_email)
);
create unique index address_changes_one_open on address_changes (account_id)
  where confirmed_at is null and cancelled_at is null;
create index address_changes_old_email on address_changes (old_email);
create index address_changes_new_email on address_changes (new_email);
create index address_changes_account on address_changes (account_id, requested_at desc);

-- Mail domains whose mailboxes will close, such as a school's. Members there are asked for another address in good time.
create table closing_mail_domains (
  domain citext primary key check (domain ~ '^[a-z0-9-]+(\.[a-z0-9-]+)+$'),
  closes_on date not null,
  created_at timestamptz not null default now()
);
create table closing_mailbox_notices (
  account_id bigint not null references accounts on delete cascade,
  domain citext not null references closing_mail_domains on delete cascade,
  days_before integer not null,
  queued_at timestamptz not null default now(),
  primary key (account_id, domain, days_before)
);
create index closing_mailbox_notices_domain on closing_mailbox_notices (domain);

create table password_resets (
  -- Also the id of the secret link.
  id uuid primary key,
  account_id bigint not null references accounts on delete cascade,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  check (expires_at > created_at)
);
create index password_resets_account on password_resets (account_id, created_at desc);

-- The secret shared by an account and its authenticator app, encrypted with a key that is not in the database.
create table two_step_secrets (
  account_id bigint primary key references accounts on delete cascade,
  -- Which key of LINK_KEYS encrypted it.
  key_id smallint not null check (key_id between 0 and 255),
  -- AES-256-GCM: nonce (12 bytes), secret (20), tag (16).
  encrypted bytea not null check (octet_length(encrypted) = 48),
  -- The 30-second time step of the last accepted code, so that no code works twice.
  last_step integer not null,
  created_at timestamptz not null default now()
);

-- One-time codes for people who have lost their phone. They are random, so a plain hash is enough.
create table recovery_codes (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  account_id bigint not null references accounts on delete cascade,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index recovery_codes_account on recovery_codes (account_id);

-- Credentials of other programs for the JSON API. They are random, so a plain hash is enough.
create table api_keys (
  id bigint generated always as identity primary key,
  -- The key has the rights of this account, as far as its scopes allow.
  account_id bigint not null references accounts on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- The first characters, by which people recognise the key.
  start text not null check (start ~ '^hcm_[0-9a-f]{4}$'),
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- To the hour.
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by bigint references accounts on delete set null,
  check (expires_at <= created_at + interval '366 days')
);
create index api_keys_account on api_keys (account_id);
create index api_keys_revoked_by on api_keys (revoked_by) where revoked_by is not null;

-- The columns are those of connect-pg-simple.
create table sessions (
  sid text primary key,
  sess json not null,
  expire timestamptz not null
);
create index sessions_expire on sessions (expire);
-- For ending all sessions of an account.
create index sessions_account on sessions ((sess #>> '{passport,user}'));

-- Versions of the privacy notice and the terms. Members accepted one of them, so a version never changes, except that its author
-- can be erased.
create table legal_texts (
  kind text not null check (kind in ('privacy', 'terms')),
  version integer not null check (version >= 1),
  body text not null check (length(body) between 1 and 50000),
  published_at timestamptz not null default now(),
  published_by bigint references accounts on delete set null,
  primary key (kind, version)
);
create index legal_texts_published_by on legal_texts (published_by) where published_by is not null;
create trigger legal_texts_append_only before delete or update of kind, version, body, published_at on legal_texts
  for each row execute function reject_change();

-- Which versions a member was shown (privacy) or accepted (terms).
create table legal_acceptances (
  account_id bigint not null references accounts on delete cascade,
  kind text not null,
  version integer not null,
  at timestamptz not null default now(),
  primary key (account_id, kind, version),
  foreign key (kind, version) references legal_texts
);
create index legal_acceptances_text on legal_acceptances (kind, version);
