-- What people are searched by, in lower case, as a column of its own: indexes may hold it along, and the sample of it that
-- ANALYZE keeps tells the rare parts of a search from the common ones. A finer sample tells them better.
alter table alumni_members add column search_text text not null generated always as
  (lower(first_name || ' ' || last_name || ' ' || coalesce(email::text, '') || ' ' || external_id)) stored;
drop index alumni_members_parts;
create index alumni_members_search on alumni_members using gin (search_text gin_trgm_ops);
alter table alumni_members alter column search_text set statistics 1000;

alter table invitations add column search_text text not null generated always as
  (lower(email::text || ' ' || name)) stored;
drop index invitations_parts;
create index invitations_search on invitations using gin (search_text gin_trgm_ops);
alter table invitations alter column search_text set statistics 1000;

alter table accounts add column search_text text not null generated always as
  (lower(email::text || ' ' || name)) stored;
drop index accounts_parts;
create index accounts_search on accounts using gin (search_text gin_trgm_ops);
alter table accounts alter column search_text set statistics 1000;

-- A common name within a batch or a center is looked for in what the index of the batch or the center holds.
drop index alumni_members_batch;
create index alumni_members_batch on alumni_members (coalesce(batch, 0), last_name, first_name, id)
  include (batch, center, state, claimed, email, year_of_birth, updated_at, search_text);
drop index alumni_members_center_names;
create index alumni_members_center_names on alumni_members (center, last_name, first_name, id)
  include (batch, state, claimed, email, year_of_birth, updated_at, search_text) where center is not null;
