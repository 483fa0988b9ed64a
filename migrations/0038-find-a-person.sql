-- A person is found by the reference of a mail or of an error page, and by the account that an invitation led to.
create index messages_reference on messages (reference);
create index audit_events_request on audit_events (request_id, id) where request_id is not null;
create index invitations_accepted_by on invitations (accepted_by) where accepted_by is not null;
