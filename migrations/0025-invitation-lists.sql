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

-- Each order of the list, and each filter that few invitations may pass, newest first.
create index invitations_stage on invitations (stage, expires_at, id);
-- By dates that opening a link doesn't change: with "delivery" in an index, each opening would touch every index.
create index invitations_undelivered on invitations (created_at, id) include (bounced_at, failed_at)
  where bounced_at is not null or failed_at is not null;
create index invitations_batch on invitations (batch, created_at, id) where batch is not null;
create index invitations_center on invitations (center, created_at, id) where center is not null;
create index invitations_inviter on invitations (invited_by, created_at, id) where invited_by is not null;
