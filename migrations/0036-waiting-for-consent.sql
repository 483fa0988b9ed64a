-- Profiles about which no guardian has decided, with the year of birth that decides: the office's, else the one that was
-- stated. Who of them waits for consent follows from the day and the settings; that year finds them.
create table consent_waits (
  profile_id bigint primary key references profiles on delete cascade,
  born smallint
);
create index consent_waits_born on consent_waits (born);

create function note_consent_wait() returns trigger language plpgsql as $$
declare birth smallint;
begin
  select coalesce(m.year_of_birth, new.stated_year_of_birth) into birth
  from alumni_members m where m.id = new.alumni_member_id;
  if tg_op = 'INSERT' then
    insert into consent_waits (profile_id, born) values (new.id, birth);
  else
    update consent_waits set born = birth where profile_id = new.id and born is distinct from birth;
  end if;
  return null;
end $$;
create trigger profiles_wait_for_consent after insert on profiles for each row execute function note_consent_wait();
create trigger profiles_wait_changed after update of alumni_member_id, stated_year_of_birth on profiles
  for each row execute function note_consent_wait();

create function end_consent_wait() returns trigger language plpgsql as $$
begin
  delete from consent_waits where profile_id = new.profile_id;
  return null;
end $$;
create trigger consents_end_wait after insert on consents for each row execute function end_consent_wait();

create function correct_consent_waits() returns trigger language plpgsql as $$
begin
  update consent_waits w set born = coalesce(n.year_of_birth, p.stated_year_of_birth)
  from changed n join former o on o.id = n.id join profiles p on p.alumni_member_id = n.id
  where n.year_of_birth is distinct from o.year_of_birth and w.profile_id = p.id;
  return null;
end $$;
create trigger alumni_members_correct_waits after update on alumni_members
  referencing old table as former new table as changed for each statement execute function correct_consent_waits();

insert into consent_waits (profile_id, born)
select p.id, coalesce(m.year_of_birth, p.stated_year_of_birth)
from profiles p join alumni_members m on m.id = p.alumni_member_id
where not exists (select from consents c where c.profile_id = p.id);
