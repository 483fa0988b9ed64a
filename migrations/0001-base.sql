-- What every other file builds on: extensions, the functions that tables share, and the office's settings.

-- Addresses compare without case; names and addresses are searched by trigram, without accents.
create extension if not exists citext;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- What a text is searched by: without case, accents, apostrophes and invisible characters, however its letters are
-- composed. unaccent() is only "stable" because its dictionary could be replaced. Ours is named and never changes, so
-- this function may be immutable, which generated columns require.
create function fold_text(given text) returns text language plpgsql immutable strict parallel safe as $$
begin
  -- Lower case again at the end: unaccent writes "(A)" for a capital in brackets.
  return lower(public.unaccent('public.unaccent', translate(
    regexp_replace(normalize(lower(given), nfkd), '[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'),
    'ς''’‘ʼʹ´`′', 'σ')));
end $$;

-- Makes a table append-only: its triggers call this before an update, delete or truncate.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- One row: what an alumni office may change while the product runs.
create table settings (
  only_row boolean primary key default true check (only_row),
  organisation_name text not null default 'Alumni Association' check (length(organisation_name) between 1 and 100),
  support_email citext not null default 'alumni-office@example.org',
  support_phone text,
  accent_color text not null default '#1f5f5b' check (accent_color ~ '^#[0-9a-f]{6}$'),

  -- The office's own words in mails.
  invitation_subject text not null default 'Your invitation to {organisation}'
    check (length(invitation_subject) between 1 and 150),
  mail_greeting text not null default 'Hello {name},' check (length(mail_greeting) between 1 and 150),
  mail_greeting_nameless text not null default 'Hello,' check (length(mail_greeting_nameless) between 1 and 150),
  mail_footer text not null default '' check (length(mail_footer) <= 1000),

  invitation_days integer not null default 7 check (invitation_days between 1 and 90),
  -- How many days before an invitation expires, and how many days after, the person is reminded. 0 means no reminder.
  remind_days_before integer not null default 3 check (remind_days_before between 0 and 30),
  remind_days_after integer not null default 1 check (remind_days_after between 0 and 30),

  -- COPPA's own limit is 13, so no setting can admit a child below it.
  blocked_below_age integer not null default 14 check (blocked_below_age between 13 and 21),
  full_access_from_age integer not null default 18 check (full_access_from_age <= 25),
  -- Consents and profiles name the version they were made under.
  policy_version integer not null default 1,
  -- The office keeps only guardians' addresses for minors, so a minor's address needs no review.
  minors_addresses_are_guardians boolean not null default false,

  two_step_for_staff boolean not null default false,
  updated_at timestamptz not null default now(),
  check (full_access_from_age >= blocked_below_age)
);
insert into settings default values;

-- Other ages are another policy, whoever changes them.
create function count_policy_version() returns trigger language plpgsql as $$
begin
  new.policy_version := old.policy_version + 1;
  return new;
end $$;
create trigger settings_policy_version before update on settings for each row
  when ((old.blocked_below_age, old.full_access_from_age) is distinct from (new.blocked_below_age, new.full_access_from_age))
  execute function count_policy_version();
