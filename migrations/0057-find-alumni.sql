-- Records by name, and by part of a name or an address.
create index alumni_members_names on alumni_members (last_name, first_name, id);
create index alumni_members_parts on alumni_members
  using gin ((first_name || ' ' || last_name || ' ' || coalesce(email::text, '')) gin_trgm_ops);
