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

-- When the worker saw that it had expired: reminders and other systems are told once. And when its holder was reminded:
-- before it expires, and after.
alter table invitations
  add column expiry_noted_at timestamptz,
  add column reminded_at timestamptz,
  add column expiry_reminded_at timestamptz,
  add check (expiry_noted_at >= expires_at);

create function register_facts(address citext) returns table (name text, batch integer, center text)
language sql stable rows 1 as $$
  select left(string_agg(trim(m.first_name || ' ' || m.last_name), ', ' order by m.batch nulls last, m.id), 500),
    (array_agg(m.batch order by m.batch nulls last, m.id))[1],
    (array_agg(m.center order by m.batch nulls last, m.id))[1]
  from alumni_members m where m.email = address and m.active and not m.deceased
  having count(*) > 0
$$;

-- What follows from an invitation's address and expiry date. A name that came with the invitation, and not from the
-- register, stays until the address is that of somebody whom the register knows.
create function derive_invitation_facts() returns trigger language plpgsql as $$
declare facts record;
begin
  if tg_op = 'INSERT' then
    -- A bulk insert that has looked the register up itself gives the name along.
    if new.name <> '' then return new; end if;
    select * into facts from register_facts(new.email);
    if found then
      new.name := facts.name;
      new.batch := facts.batch;
      new.center := facts.center;
    end if;
    return new;
  end if;
  if new.email is distinct from old.email then
    select * into facts from register_facts(new.email);
    if found then
      new.name := facts.name;
    elsif exists (select from register_facts(old.email) other where other.name = old.name) then
      new.name := '';
    end if;
    new.batch := facts.batch;
    new.center := facts.center;
  end if;
  -- With another expiry date it expires anew, and its holder is reminded anew.
  if new.expires_at is distinct from old.expires_at then
    new.expiry_noted_at := null;
    new.reminded_at := null;
    new.expiry_reminded_at := null;
  end if;
  return new;
end $$;
create trigger invitations_derive_facts before insert or update of email, expires_at on invitations
  for each row execute function derive_invitation_facts();

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

-- The mail with the current link says what became of an invitation; a link that goes well takes an earlier bounce back. A
-- reminder says as much about the address. A mail that was under way to another address, or with an older link, says
-- nothing of it any more.
create function note_invitation_mail() returns trigger language plpgsql as $$
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
create trigger messages_note_invitation after update on messages for each row
  when (new.template in ('invitation', 'invitation-reminder', 'invitation-expired') and new.invitation_id is not null
    and num_nonnulls(new.sent_at, new.bounced_at, new.failed_at) = 1
    and (new.sent_at, new.bounced_at, new.failed_at) is distinct from (old.sent_at, old.bounced_at, old.failed_at))
  execute function note_invitation_mail();

alter table invitations add column search_text text not null
  generated always as (' ' || fold_text(email::text || ' ' || name)) stored;
create index invitations_search on invitations using gin (search_text gin_trgm_ops);
create index invitations_group on invitations (group_id, created_at, id) where group_id is not null;
