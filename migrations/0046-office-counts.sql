-- What became of a mail, as a column: counting ten thousand of a million by it touches the index only.
alter table messages add column delivery text not null generated always as (case when sent_at is not null then 'sent'
  when bounced_at is not null then 'bounced' when failed_at is not null then 'failed'
  when dropped_at is not null then 'dropped' else 'waiting' end) stored;
drop index messages_state;
drop index messages_state_template;
create index messages_delivery on messages (delivery, queued_at, id);
create index messages_delivery_template on messages (delivery, template, queued_at, id);

-- What goes together, so that a filter that nothing meets isn't looked for through a million rows.
create statistics messages_delivery_of_template (mcv) on delivery, template from messages;
create statistics audit_events_actor_with_action (mcv) on actor_account_id, action from audit_events;
create statistics audit_events_actor_with_subject (mcv) on actor_account_id, subject_type from audit_events;
create statistics audit_events_action_with_subject (mcv) on action, subject_type from audit_events;
