-- What an invitation also gives: a place in a group.
alter table invitations
  add column group_id bigint references groups,
  add column group_role text check (group_role in ('owner', 'admin', 'member')),
  add check ((group_id is null) = (group_role is null));

-- Who the register says the address belongs to. Copied, so that lists of a million rows filter and search by it; the
-- triggers below keep the copies true. A shared address bears all names, and the batch and center of its eldest person.
alter table invitations
  add column name text not null default '' check (length(name) <= 500),
  add column batch integer,
  add column center text;

-- What became of the mail with the link, and when a person first opened it.
alter table invitations
  add column delivered_at timestamptz,
  add column bounced_at timestamptz,
  add column failed_at timestamptz,
  add column opened_at timestamptz;

-- When the worker saw that it had expired: reminders and other systems are told once. A renewal takes it back.
alter table invitations
  add column expiry_noted_at timestamptz,
  add check (expiry_noted_at >= expires_at);

create function forget_noted_expiry() returns trigger language plpgsql as $$
begin
  new.expiry_noted_at := null;
  return new;
end $$;
create trigger invitations_forget_expiry before update of expires_at on invitations for each row
  when (new.expires_at is distinct from old.expires_at) execute function forget_noted_expiry();

create function register_facts(address citext) returns table (name text, batch integer, center text)
language sql stable rows 1 as $$
  select left(string_agg(trim(m.first_name || ' ' || m.last_name), ', ' order by m.batch nulls last, m.id), 500),
    (array_agg(m.batch order by m.batch nulls last, m.id))[1],
    (array_agg(m.center order by m.batch nulls last, m.id))[1]
  from alumni_members m where m.email = address and m.active and not m.deceased
  having count(*) > 0
$$;

create function name_new_invitation() returns trigger language plpgsql as $$
declare facts record;
begin
  select * into facts from register_facts(new.email);
  if found then
    new.name := facts.name;
    new.batch := facts.batch;
    new.center := facts.center;
  end if;
  return new;
end $$;
-- A bulk insert that has looked the register up itself gives the name along.
create trigger invitations_named before insert on invitations for each row
  when (new.name = '') execute function name_new_invitation();
create trigger invitations_renamed before update of email on invitations for each row
  when (new.email is distinct from old.email) execute function name_new_invitation();

create function rename_invitations() returns trigger language plpgsql as $$
begin
  update invitations i set name = coalesce(facts.name, i.name), batch = facts.batch, center = facts.center
  from (select distinct email from changed where email is not null) addresses
  left join lateral register_facts(addresses.email) facts on true
  where i.email = addresses.email
    and (i.name, i.batch, i.center) is distinct from (coalesce(facts.name, i.name), facts.batch, facts.center);
  return null;
end $$;
create trigger alumni_members_name_new after insert on alumni_members
  referencing new table as changed for each statement execute function rename_invitations();
create trigger alumni_members_name_changed after update on alumni_members
  referencing new table as changed for each statement execute function rename_invitations();
create trigger alumni_members_name_left after update on alumni_members
  referencing old table as changed for each statement execute function rename_invitations();
create trigger alumni_members_name_gone after delete on alumni_members
  referencing old table as changed for each statement execute function rename_invitations();

-- The newest mail with a link says what became of it; a link that goes well takes an earlier bounce back.
create function note_invitation_mail() returns trigger language plpgsql as $$
begin
  update invitations set
    delivered_at = case when new.sent_at is not null then coalesce(delivered_at, new.sent_at) else delivered_at end,
    bounced_at = new.bounced_at,
    failed_at = new.failed_at
  where id = new.invitation_id;
  return null;
end $$;
create trigger messages_note_invitation after update on messages for each row
  when (new.template = 'invitation' and new.invitation_id is not null
    and num_nonnulls(new.sent_at, new.bounced_at, new.failed_at) = 1
    and (new.sent_at, new.bounced_at, new.failed_at) is distinct from (old.sent_at, old.bounced_at, old.failed_at))
  execute function note_invitation_mail();

-- Part of an address or of a name.
drop index invitations_email_parts;
create index invitations_parts on invitations using gin ((email::text || ' ' || name) gin_trgm_ops);
create index invitations_group on invitations (group_id, id) where group_id is not null;

-- Invitations and mails from before.
update invitations i set name = facts.name, batch = facts.batch, center = facts.center
from invitations old cross join lateral register_facts(old.email) facts where old.id = i.id;
update invitations i set delivered_at = m.delivered_at, bounced_at = m.bounced_at, failed_at = m.failed_at
from (select invitation_id, min(sent_at) as delivered_at,
    (array_agg(bounced_at order by queued_at desc))[1] as bounced_at,
    (array_agg(failed_at order by queued_at desc))[1] as failed_at
  from messages where template = 'invitation' and invitation_id is not null group by invitation_id) m
where m.invitation_id = i.id;
