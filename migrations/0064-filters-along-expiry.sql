-- What a second filter asks is in the index that has the order of expiry, as it is in the one that has the order of
-- sending (0025): a list that walks along it reads no rows but those that it shows.
drop index invitations_batch_expires;
create index invitations_batch_expires on invitations (batch, stage, expires_at, id, center, delivery)
  where batch is not null;
drop index invitations_center_expires;
create index invitations_center_expires on invitations (center, stage, expires_at, id, delivery)
  where center is not null;
drop index invitations_inviter_expires;
create index invitations_inviter_expires on invitations (invited_by, stage, expires_at, id, delivery)
  where invited_by is not null;
