-- What a second filter asks is in the indexes of the first: a list that counts, or walks along an order, reads no rows but
-- those that it shows.
drop index invitations_batch_sent;
create index invitations_batch_sent on invitations (batch, stage, created_at, id, center, delivery, invited_by)
  where batch is not null;
drop index invitations_batch_expires;
create index invitations_batch_expires on invitations (batch, stage, expires_at, id, center, delivery)
  where batch is not null;
drop index invitations_center_sent;
create index invitations_center_sent on invitations (center, stage, created_at, id, delivery, invited_by)
  where center is not null;
drop index invitations_center_expires;
create index invitations_center_expires on invitations (center, stage, expires_at, id, delivery)
  where center is not null;
drop index invitations_inviter_expires;
create index invitations_inviter_expires on invitations (invited_by, stage, expires_at, id, delivery)
  where invited_by is not null;
drop index invitations_group_sent;
create index invitations_group_sent
  on invitations (group_id, stage, created_at, id, delivery, batch, center, invited_by) where group_id is not null;
drop index invitations_group_expires;
create index invitations_group_expires on invitations (group_id, stage, expires_at, id, delivery)
  where group_id is not null;

drop index alumni_members_center_batch;
create index alumni_members_center_batch
  on alumni_members (center, coalesce(batch, 0), last_name, first_name, id) include (batch, updated_at)
  where center is not null;
drop index alumni_members_without_address_names;
create index alumni_members_without_address_names on alumni_members (last_name, first_name, id)
  include (batch, center, state, claimed, year_of_birth) where email is null;
drop index alumni_members_without_birth_names;
create index alumni_members_without_birth_names on alumni_members (last_name, first_name, id)
  include (batch, center, state, claimed, email) where year_of_birth is null;
drop index alumni_members_state_names;
create index alumni_members_state_names on alumni_members (state, last_name, first_name, id)
  include (batch, center, updated_at, search_text) where state <> 'active';
