-- The pending ones are few among all, and asked for most: by address too without walking over the others.
create index invitations_pending_address on invitations (email, id) where stage = 1;
