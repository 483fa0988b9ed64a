-- A person is found by the reference of a mail or of an error page.
create index messages_reference on messages (reference);
create index audit_events_request on audit_events (request_id, id) where request_id is not null;
