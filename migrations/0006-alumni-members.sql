create table alumni_members (
  id bigint generated always as identity primary key,
  external_id text not null unique check (length(external_id) between 1 and 100),
  first_name text not null default '' check (length(first_name) <= 100),
  last_name text not null check (length(last_name) between 1 and 100),
  -- Not unique: families share addresses.
  email citext check (length(email) between 3 and 254),
  batch integer check (batch between 1900 and 2100),
  center text check (length(center) <= 100),
  year_of_birth integer check (year_of_birth between 1900 and 2100),
  active boolean not null default true,
  deceased boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index alumni_members_email on alumni_members (email);

create table profiles (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts on delete cascade,
  alumni_member_id bigint not null references alumni_members,
  relationship text not null check (relationship in ('self', 'child')),
  -- The person's own statement, asked for where the office has none; the office's value is never overwritten.
  stated_year_of_birth integer check (stated_year_of_birth between 1900 and 2100),
  policy_version integer not null,
  claimed_at timestamptz not null default now(),
  unique (account_id, alumni_member_id)
);
create unique index profiles_one_self_per_record on profiles (alumni_member_id) where relationship = 'self';
create unique index profiles_one_self_per_account on profiles (account_id) where relationship = 'self';
create index profiles_record on profiles (alumni_member_id);
