-- Staff answer what wasn't answered by itself: who did, to which address when another was meant, and why not.
alter table link_requests
  add answered_by bigint references accounts on delete set null,
  add sent_to citext check (length(sent_to) between 3 and 254),
  add dismissed_reason text check (length(dismissed_reason) between 1 and 500);
alter table link_requests drop constraint link_requests_answer_check;
alter table link_requests
  add constraint link_requests_answer_check check (answer in ('resent', 'invited', 'reset', 'dismissed')),
  add constraint link_requests_dismissed_with_reason
    check (coalesce(answer = 'dismissed', false) = (dismissed_reason is not null));
create index link_requests_waiting on link_requests (asked_at, id) where answered_at is null;
create index link_requests_done on link_requests (answered_at, id) where answered_at is not null;
create index link_requests_email on link_requests (email, asked_at);
create index link_requests_invitation on link_requests (invitation_id) where invitation_id is not null;
create index link_requests_answerer on link_requests (answered_by) where answered_by is not null;
