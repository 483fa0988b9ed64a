-- Records by part of a name, an address or an external id. A finer picture of them lets the planner tell a rare needle
-- from a common one.
drop index alumni_members_parts;
create index alumni_members_parts on alumni_members using gin
  ((first_name || ' ' || last_name || ' ' || coalesce(email::text, '') || ' ' || external_id) gin_trgm_ops);
alter index alumni_members_parts alter column 1 set statistics 1000;

-- Each filter with each order: by name (0057 has it for all), by batch, by the newest change.
create index alumni_members_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id);
create index alumni_members_changed on alumni_members (updated_at, id);
create index alumni_members_batch_changed on alumni_members (coalesce(batch, 0), updated_at, id);
create index alumni_members_center_names on alumni_members (center, last_name, first_name, id)
  where center is not null;
create index alumni_members_center_batch on alumni_members (center, coalesce(batch, 0), last_name, first_name, id)
  where center is not null;
create index alumni_members_center_changed on alumni_members (center, updated_at, id) where center is not null;

create index alumni_members_claimed_names on alumni_members (last_name, first_name, id) where claimed;
create index alumni_members_claimed_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id)
  where claimed;
create index alumni_members_claimed_changed on alumni_members (updated_at, id) where claimed;
create index alumni_members_unclaimed_names on alumni_members (last_name, first_name, id)
  where state = 'active' and not claimed;
create index alumni_members_unclaimed_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id)
  where state = 'active' and not claimed;
create index alumni_members_unclaimed_changed on alumni_members (updated_at, id)
  where state = 'active' and not claimed;

-- Most records are active: those that aren't have indexes of their own, the others are met on the way.
create index alumni_members_state_names on alumni_members (state, last_name, first_name, id) where state <> 'active';
create index alumni_members_state_batch on alumni_members (state, coalesce(batch, 0), last_name, first_name, id)
  where state <> 'active';
create index alumni_members_state_changed on alumni_members (state, updated_at, id) where state <> 'active';

create index alumni_members_without_address_names on alumni_members (last_name, first_name, id) where email is null;
create index alumni_members_without_address_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id)
  where email is null;
create index alumni_members_without_address_changed on alumni_members (updated_at, id) where email is null;
create index alumni_members_without_birth_names on alumni_members (last_name, first_name, id)
  where year_of_birth is null;
create index alumni_members_without_birth_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id)
  where year_of_birth is null;
create index alumni_members_without_birth_changed on alumni_members (updated_at, id) where year_of_birth is null;
