-- The members of groups, their one-time links, and requests to invite an address.

-- An account in a group. While only a one-time link exists, there is no account, and the row contains the link's hash.
create table memberships (
  id bigint generated always as identity primary key,
  group_id bigint not null references groups,
  account_id bigint references accounts on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  invited_by bigint references accounts on delete set null,
  -- The invitation by which the person joined.
  invitation_id bigint references invitations on delete set null,
  -- The one-time link that the row was created for. The id stays after the link is redeemed; the hash doesn't.
  link_id uuid unique,
  token_hash bytea unique check (octet_length(token_hash) = 32),
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by bigint references accounts on delete set null,
  joined_at timestamptz,
  removed_at timestamptz,
  removed_by bigint references accounts on delete set null,
  -- left: by their own decision. removed: by an owner, an admin or staff. undone: because they joined by a leaked link.
  removal_reason text check (removal_reason in ('left', 'removed', 'undone')),
  status text not null generated always as (case when joined_at is null then 'PENDING' else 'ACTIVE' end) stored,
  check (joined_at is null or (token_hash is null and account_id is not null)),
  check (token_hash is null or (link_id is not null and expires_at is not null)),
  check (account_id is not null or removed_at is null),
  check ((removed_at is null) = (removal_reason is null)),
  check (joined_at is null or revoked_at is null),
  check (revoked_at is null or token_hash is null)
);
create unique index memberships_one_per_account on memberships (group_id, account_id)
  where account_id is not null and removed_at is null;
create index memberships_account on memberships (account_id) where account_id is not null;

-- For a group's members, newest first; its owners and admins; its links; its open links; an account's open links; the
-- links to delete.
create index memberships_members on memberships (group_id, joined_at desc, id desc)
  where joined_at is not null and removed_at is null;
create index memberships_managers on memberships (group_id)
  where role <> 'member' and joined_at is not null and removed_at is null;
create index memberships_links on memberships (group_id, created_at desc, id desc) where link_id is not null;
create index memberships_open_links on memberships (group_id, expires_at) where token_hash is not null;
create index memberships_link_creators on memberships (invited_by) where token_hash is not null;
create index memberships_purgeable_links on memberships (coalesce(revoked_at, expires_at)) where joined_at is null;

-- An owner or admin of a group asks for an address to be invited. A job processes the request later, so that the response
-- doesn't reveal whether the address is on file.
create table group_invitation_requests (
  id bigint generated always as identity primary key,
  group_id bigint not null references groups,
  role text not null check (role in ('owner', 'admin', 'member')),
  email citext not null check (length(email) between 3 and 254),
  requested_by bigint not null references accounts on delete cascade,
  requested_at timestamptz not null default now(),
  processed_at timestamptz,
  -- invited: a new invitation. added: to the open invitation. waiting: another invitation is open, so the job tries
  -- again once it is settled. refused: the person doesn't want it, or the requester may no longer invite.
  outcome text check (outcome in ('invited', 'added', 'already-member', 'waiting', 'not-on-file', 'refused')),
  check ((processed_at is null) = (outcome is null))
);
create index group_invitation_requests_group on group_invitation_requests (group_id, id desc);
create index group_invitation_requests_email on group_invitation_requests (email);
create index group_invitation_requests_requested on group_invitation_requests (requested_at);
