-- A link that a person handed on, instead of our mail: true while that is the newest link.
alter table invitations add column handed_on boolean not null default false;

create function note_handed_on() returns trigger language plpgsql as $$
begin
  update invitations i set handed_on = (made.delivery = 'link') from made
  where i.id = made.invitation_id and i.handed_on <> (made.delivery = 'link');
  return null;
end $$;
create trigger invitation_links_note_handing after insert on invitation_links
  referencing new table as made for each statement execute function note_handed_on();

update invitations i set handed_on = true from invitation_links l
where l.invitation_id = i.id and l.retired_at is null and l.delivery = 'link';

-- What lists are filtered and ordered by, derived from the dated facts by the database itself. How far an invitation
-- has come doesn't depend on the clock: among those at stage 1 are, besides the pending ones, the few that have expired
-- since the worker last looked.
alter table invitations
  add column stage smallint not null generated always as (case
    when accepted_at is not null then 2
    when revoked_at is not null then 4
    when declined_at is not null then 3
    when expiry_noted_at is not null then 0
    else 1 end) stored,
  add column delivery text not null generated always as (case
    when bounced_at is not null then 'bounced'
    when failed_at is not null then 'failed'
    when opened_at is not null then 'opened'
    when handed_on then 'link'
    when delivered_at is not null then 'delivered'
    else 'waiting' end) stored;

-- Each filter with each order. A page of a filter without a status is merged from one walk for each stage.
create index invitations_stage_sent on invitations (stage, created_at, id);
create index invitations_stage_expires on invitations (stage, expires_at, id);
create index invitations_batch_sent on invitations (batch, stage, created_at, id, center, delivery)
  where batch is not null;
create index invitations_batch_expires on invitations (batch, stage, expires_at, id) where batch is not null;
create index invitations_center_sent on invitations (center, stage, created_at, id, delivery)
  where center is not null;
create index invitations_center_expires on invitations (center, stage, expires_at, id) where center is not null;
create index invitations_delivery_sent on invitations (delivery, stage, created_at, id);
create index invitations_delivery_expires on invitations (delivery, stage, expires_at, id);
create index invitations_inviter_sent on invitations (invited_by, stage, created_at, id, delivery)
  where invited_by is not null;
create index invitations_inviter_expires on invitations (invited_by, stage, expires_at, id)
  where invited_by is not null;
create index invitations_group_sent on invitations (group_id, stage, created_at, id) where group_id is not null;
create index invitations_group_expires on invitations (group_id, stage, expires_at, id) where group_id is not null;
drop index invitations_group;

-- By address nothing is clustered, so that one index serves all filters: they are checked while it is walked.
create index invitations_address
  on invitations (email, id, stage, delivery, batch, center, invited_by, group_id, created_at, expires_at);
drop index invitations_email;

-- A finer picture of addresses and names lets the planner tell a rare needle from a common one.
alter index invitations_parts alter column 1 set statistics 1000;
