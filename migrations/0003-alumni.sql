-- Alumni records, and the claims of accounts on them.

create table alumni_members (
  id bigint generated always as identity primary key,
  external_id text not null unique check (length(external_id) between 1 and 100),
  first_name text not null default '' check (length(first_name) <= 100),
  last_name text not null check (length(last_name) between 1 and 100),
  -- The whole name by which the person was known at school, if it has changed.
  former_name text check (length(former_name) <= 100),
  -- Not unique: families share addresses.
  email citext check (length(email) between 3 and 254),
  -- Whose address it is, if the office knows. A guardian's address needs no review by staff.
  email_of text check (email_of in ('person', 'guardian')),
  -- Further addresses of the person, separated by “, ”.
  other_emails text check (length(other_emails) between 3 and 2000),
  batch integer check (batch between 1900 and 2100),
  center text check (length(center) <= 100),
  year_of_birth integer check (year_of_birth between 1900 and 2100),
  language text check (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  active boolean not null default true,
  deceased boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- When a claim on it, or the address of an account that claims it, last changed.
  claims_changed_at timestamptz,
  -- Other systems ask for what changed since a time.
  changed_at timestamptz not null generated always as (greatest(updated_at, claims_changed_at)) stored,

  -- The record that replaced this duplicate, so that an import with the old id can find it.
  merged_into bigint references alumni_members,
  merged_at timestamptz,

  state text not null generated always as (case
    when merged_into is not null then 'merged'
    when deceased then 'deceased'
    when not active then 'inactive'
    else 'active' end) stored,
  search_text text not null generated always as
    (' ' || fold_text(first_name || ' ' || last_name || ' ' || coalesce(former_name, '') || ' '
      || coalesce(email::text, '') || ' ' || external_id)) stored,
  check ((merged_into is null) = (merged_at is null)),
  check (merged_into is null or not active),
  check (merged_into <> id)
);
create index alumni_members_email on alumni_members (email);
create index alumni_members_search on alumni_members using gin (search_text gin_trgm_ops);
create index alumni_members_merged_into on alumni_members (merged_into) where merged_into is not null;

-- Sort orders and filters of the list. Partial where a filter selects few records.
create index alumni_members_name on alumni_members (last_name, first_name, id);
create index alumni_members_changed on alumni_members (changed_at, id);
create index alumni_members_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id);
create index alumni_members_center on alumni_members (center, last_name, first_name, id) where center is not null;
create index alumni_members_state on alumni_members (state, last_name, first_name, id) where state <> 'active';
create index alumni_members_without_email on alumni_members (last_name, first_name, id) where email is null;
create index alumni_members_without_year_of_birth on alumni_members (last_name, first_name, id)
  where year_of_birth is null;
-- Finds the accounts that await consent through the few records of minors.
create index alumni_members_year_of_birth on alumni_members (year_of_birth);

-- An account's claim on a record.
create table profiles (
  id bigint generated always as identity primary key,
  account_id bigint not null references accounts on delete cascade,
  alumni_member_id bigint not null references alumni_members,
  relationship text not null check (relationship in ('self', 'child')),
  -- What the person entered because the record has no year. It never replaces the office's value.
  stated_year_of_birth integer check (stated_year_of_birth between 1900 and 2100),
  policy_version integer not null,
  claimed_at timestamptz not null default now(),
  -- When the member and the guardian were notified, once, that the member is now an adult.
  coming_of_age_notified_at timestamptz,
  unique (account_id, alumni_member_id)
);
create unique index profiles_one_self_per_record on profiles (alumni_member_id) where relationship = 'self';
create unique index profiles_one_self_per_account on profiles (account_id) where relationship = 'self';
create index profiles_record on profiles (alumni_member_id);

-- What members say is wrong on a record they have claimed, field by field, until staff decide. Accepted changes are exported for
-- the office's own system. Names of fields as in files of records, in camel case.
create table record_corrections (
  id bigint generated always as identity primary key,
  alumni_member_id bigint not null references alumni_members on delete cascade,
  account_id bigint references accounts on delete set null,
  field text not null check (field in ('firstName', 'lastName', 'formerName', 'batch', 'center', 'email')),
  old_value text check (length(old_value) <= 254),
  new_value text check (length(new_value) <= 254),
  proposed_at timestamptz not null default now(),
  decided_at timestamptz,
  -- Null also if the member has proven the new mailbox.
  decided_by bigint references accounts on delete set null,
  is_accepted boolean,
  refused_reason text check (length(refused_reason) between 1 and 500),
  check ((decided_at is null) = (is_accepted is null)),
  check ((refused_reason is not null) = (is_accepted is false))
);
create unique index record_corrections_one_open on record_corrections (alumni_member_id, field) where decided_at is null;
create index record_corrections_record on record_corrections (alumni_member_id);
create index record_corrections_open on record_corrections (proposed_at, id) where decided_at is null;
create index record_corrections_accepted on record_corrections (decided_at, id) where is_accepted;
create index record_corrections_account on record_corrections (account_id) where account_id is not null;
create index record_corrections_decider on record_corrections (decided_by) where decided_by is not null;

create function touch_claimed_records() returns trigger language plpgsql as $$
begin
  update alumni_members set claims_changed_at = now() where id in (old.alumni_member_id, new.alumni_member_id);
  return null;
end $$;
create trigger profiles_touch_records
  after insert or delete or update of account_id, alumni_member_id, relationship on profiles
  for each row execute function touch_claimed_records();

create function touch_records_of_account() returns trigger language plpgsql as $$
begin
  update alumni_members set claims_changed_at = now()
  where id in (select alumni_member_id from profiles where account_id = new.id);
  return null;
end $$;
create trigger accounts_touch_records after update of email on accounts
  for each row when (old.email is distinct from new.email) execute function touch_records_of_account();

-- An account said that a record is someone else's, so that nobody is asked twice.
create table someone_else_answers (
  account_id bigint not null references accounts on delete cascade,
  alumni_member_id bigint not null references alumni_members on delete cascade,
  answered_at timestamptz not null default now(),
  primary key (account_id, alumni_member_id)
);
create index someone_else_answers_record on someone_else_answers (alumni_member_id);
