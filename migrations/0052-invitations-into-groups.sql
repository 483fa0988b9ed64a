-- Who gave an invitation its place in a group: their right is judged again when it is accepted.
alter table invitations add column group_invited_by bigint references accounts on delete set null;

-- An owner or admin of a group wishes an address invited. It is written down and answered by a job, for every address
-- alike: whether the office knows the address is not theirs to learn.
create table group_wishes (
  id bigint generated always as identity primary key,
  group_id bigint not null references groups,
  role text not null check (role in ('owner', 'admin', 'member')),
  email citext not null check (length(email) between 3 and 254),
  wished_by bigint not null references accounts on delete cascade,
  wished_at timestamptz not null default now(),
  answered_at timestamptz,
  -- invited: anew; added: to the invitation that was open; member: in the group already; busy: another invitation waits;
  -- unknown: to the office; refused: the person's wish, or the right to invite is gone.
  answer text check (answer in ('invited', 'added', 'member', 'busy', 'unknown', 'refused')),
  check ((answered_at is null) = (answer is null))
);
create index group_wishes_group on group_wishes (group_id, id desc);
create index group_wishes_email on group_wishes (email);
create index group_wishes_at on group_wishes (wished_at);
