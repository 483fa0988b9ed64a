-- The columns are those that connect-pg-simple expects.
create table sessions (
  sid text primary key,
  sess json not null,
  expire timestamptz not null
);
create index sessions_expire on sessions (expire);
-- To end all sessions of an account at once.
create index sessions_account on sessions ((sess #>> '{passport,user}'));
