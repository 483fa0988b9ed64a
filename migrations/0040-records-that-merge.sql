-- One person kept twice: the record that isn't kept any more points to the one that is, so that an import knows it.
alter table alumni_members
  add column merged_into bigint references alumni_members,
  add column merged_at timestamptz,
  -- Whether any account says who this is; kept by the triggers below.
  add column claimed boolean not null default false,
  add column state text not null generated always as (case
    when merged_into is not null then 'merged'
    when deceased then 'deceased'
    when not active then 'inactive'
    else 'active' end) stored,
  add check ((merged_into is null) = (merged_at is null)),
  add check (merged_into is null or not active),
  add check (merged_into <> id);
create index alumni_members_merged_into on alumni_members (merged_into) where merged_into is not null;

-- Accounts that nobody in the register belongs to, until staff match them or say that they need no record.
alter table accounts
  add column matched boolean not null default false,
  add column no_record_needed_at timestamptz,
  add column no_record_needed_by bigint references accounts on delete set null;
create index accounts_unmatched on accounts (id)
  where not matched and staff_role is null and no_record_needed_at is null;
create index accounts_without_need on accounts (no_record_needed_at, id) where no_record_needed_at is not null;
create index accounts_who_saw_no_need on accounts (no_record_needed_by) where no_record_needed_by is not null;

-- Locked first and looked at afterwards, so that of two changes at once the later one sees what the earlier one did.
create function note_claims() returns trigger language plpgsql as $$
begin
  perform 1 from alumni_members where id in (select alumni_member_id from changed) order by id for no key update;
  update alumni_members m set claimed = not m.claimed
  where m.id in (select alumni_member_id from changed)
    and m.claimed <> exists (select from profiles p where p.alumni_member_id = m.id);
  perform 1 from accounts where id in (select account_id from changed) order by id for no key update;
  update accounts a set matched = not a.matched
  where a.id in (select account_id from changed)
    and a.matched <> exists (select from profiles p where p.account_id = a.id);
  return null;
end $$;
create trigger profiles_note_new after insert on profiles
  referencing new table as changed for each statement execute function note_claims();
create trigger profiles_note_changed after update on profiles
  referencing new table as changed for each statement execute function note_claims();
create trigger profiles_note_left after update on profiles
  referencing old table as changed for each statement execute function note_claims();
create trigger profiles_note_gone after delete on profiles
  referencing old table as changed for each statement execute function note_claims();

update alumni_members m set claimed = true where exists (select from profiles p where p.alumni_member_id = m.id);
update accounts a set matched = true where exists (select from profiles p where p.account_id = a.id);
