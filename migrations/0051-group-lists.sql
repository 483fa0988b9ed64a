-- The lists of a group: who is in it, newest first; its links; who came by which.
create index memberships_members on memberships (group_id, joined_at desc, id desc)
  where joined_at is not null and removed_at is null;
create index memberships_runners on memberships (group_id) where role <> 'member' and joined_at is not null and removed_at is null;
create index memberships_links on memberships (group_id, created_at desc, id desc) where link_id is not null;
