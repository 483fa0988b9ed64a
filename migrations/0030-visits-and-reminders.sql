-- Who opened a link, as far as can be told: by programs that check mail, or by a person. Counted, not listed: however
-- often something comes, a link has few rows. Neither an address of the network nor a header is kept.
create table link_visits (
  link_id uuid not null references invitation_links on delete cascade,
  invitation_id bigint not null references invitations on delete cascade,
  -- scanner: a program; unconfirmed: opened, but nobody looked at the page that follows; person: somebody did;
  -- dead: opened when it no longer let anybody in; form-error: the registration form was refused.
  kind text not null check (kind in ('scanner', 'unconfirmed', 'person', 'dead', 'form-error')),
  -- The browser in plain words; of a refused form the names of the faulty fields.
  about text not null check (length(about) <= 120),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  times integer not null default 1 check (times >= 1),
  primary key (link_id, kind, about),
  check (last_at >= first_at)
);
create index link_visits_invitation on link_visits (invitation_id);
create index link_visits_last on link_visits (last_at);

-- The inviter wants to hear by mail when it is accepted or can't be delivered: each is told once.
create table invitation_watches (
  invitation_id bigint primary key references invitations on delete cascade,
  since timestamptz not null default now(),
  acceptance_told_at timestamptz,
  fault_told_at timestamptz
);
