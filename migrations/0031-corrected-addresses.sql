-- The mail with the current link says what became of an invitation. One that was under way to another address, or with an
-- older link, says nothing of it any more.
create or replace function note_invitation_mail() returns trigger language plpgsql as $$
begin
  update invitations i set
    delivered_at = case when new.sent_at is not null then coalesce(i.delivered_at, new.sent_at) else i.delivered_at end,
    bounced_at = new.bounced_at,
    failed_at = new.failed_at
  where i.id = new.invitation_id and exists (
    select from invitation_links l
    where l.invitation_id = i.id and l.retired_at is null and l.id::text = new.subject_id
  );
  return null;
end $$;

-- An address that is corrected belongs to whom the register says; nobody there bears the name of the other address.
create function name_moved_invitation() returns trigger language plpgsql as $$
declare facts record;
begin
  select * into facts from register_facts(new.email);
  if found then
    new.name := facts.name;
    new.batch := facts.batch;
    new.center := facts.center;
  else
    -- A name that came with the invitation, and not from the register, stays.
    if exists (select from register_facts(old.email) other where other.name = old.name) then
      new.name := '';
    end if;
    new.batch := null;
    new.center := null;
  end if;
  return new;
end $$;
drop trigger invitations_renamed on invitations;
create trigger invitations_renamed before update of email on invitations for each row
  when (new.email is distinct from old.email) execute function name_moved_invitation();
