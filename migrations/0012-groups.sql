-- A community of members: a chapter, a batch, a center.
create table groups (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 100),
  description text not null default '' check (length(description) <= 2000),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  archived_at timestamptz
);
create unique index groups_name on groups (lower(name)) where archived_at is null;

-- An account in a group. While only a one-time link exists there is no account, and the row holds the link's hash.
create table memberships (
  id bigint generated always as identity primary key,
  group_id bigint not null references groups,
  account_id bigint references accounts on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  joined_at timestamptz,
  invited_by bigint references accounts on delete set null,
  -- The one-time link that the row was made for; it stays known after the link is spent.
  link_id uuid unique,
  token_hash bytea unique check (octet_length(token_hash) = 32),
  expires_at timestamptz,
  revoked_at timestamptz,
  removed_at timestamptz,
  status text not null generated always as (case when joined_at is null then 'PENDING' else 'ACTIVE' end) stored,
  -- After redeeming the hash is gone.
  check (joined_at is null or (token_hash is null and account_id is not null)),
  check (token_hash is null or (link_id is not null and expires_at is not null)),
  check (account_id is not null or removed_at is null)
);
create unique index memberships_one_each on memberships (group_id, account_id)
  where account_id is not null and removed_at is null;
create index memberships_account on memberships (account_id) where account_id is not null;
create index memberships_open_links on memberships (group_id, expires_at) where token_hash is not null;
