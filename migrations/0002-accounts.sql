create table accounts (
  id bigint generated always as identity primary key,
  email citext not null unique check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 200),
  password_hash text not null check (password_hash like '$argon2id$%'),
  staff_role text check (staff_role in ('support', 'admin')),
  created_at timestamptz not null default now(),
  suspended_at timestamptz,
  last_signed_in_at timestamptz,
  password_changed_at timestamptz not null default now(),
  two_step_enabled_at timestamptz,
  -- Begins with a space, so that the beginning of every word can be searched for.
  search_text text not null generated always as (' ' || fold_text(email::text || ' ' || name)) stored
);
create index accounts_search on accounts using gin (search_text gin_trgm_ops);

create table password_resets (
  id uuid primary key,
  account_id bigint not null references accounts on delete cascade,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  check (expires_at > created_at)
);
create index password_resets_account on password_resets (account_id, created_at desc);
