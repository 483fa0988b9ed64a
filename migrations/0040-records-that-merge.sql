-- One person kept twice: the record that isn't kept any more points to the one that is, so that an import knows it.
alter table alumni_members
  add column merged_into bigint references alumni_members,
  add column merged_at timestamptz,
  add column state text not null generated always as (case
    when merged_into is not null then 'merged'
    when deceased then 'deceased'
    when not active then 'inactive'
    else 'active' end) stored,
  add check ((merged_into is null) = (merged_at is null)),
  add check (merged_into is null or not active),
  add check (merged_into <> id);
create index alumni_members_merged_into on alumni_members (merged_into) where merged_into is not null;
-- Most records are active: those that aren't are found by this, the others on the way.
create index alumni_members_state on alumni_members (state, last_name, first_name, id) where state <> 'active';

-- Accounts that nobody in the register belongs to, until staff match them or say that they need no record.
alter table accounts
  add column no_record_needed_at timestamptz,
  add column no_record_needed_by bigint references accounts on delete set null;
create index accounts_without_need on accounts (no_record_needed_at, id) where no_record_needed_at is not null;
create index accounts_who_saw_no_need on accounts (no_record_needed_by) where no_record_needed_by is not null;
