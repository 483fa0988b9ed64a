-- A group of members: a chapter, a batch, a center. Its memberships come after the invitations that they refer to.
create table groups (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 100),
  description text not null default '' check (length(description) <= 2000),
  created_at timestamptz not null default now(),
  created_by bigint references accounts on delete set null,
  archived_at timestamptz
);
-- The name of an archived group is free again.
create unique index groups_name on groups (lower(name)) where archived_at is null;
