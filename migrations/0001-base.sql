-- What every other file builds on: extensions, shared functions, and the office's settings.

-- Addresses compare case-insensitively; names and addresses are searched by trigram, ignoring accents.
create extension if not exists citext;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- The searchable form of a text: lower case, without accents, apostrophes and invisible characters, whatever its Unicode
-- normalisation. unaccent() is only "stable" because its dictionary could be replaced. We name the dictionary and never
-- change it, so this function can be immutable, which generated columns require.
create function fold_text(input text) returns text language plpgsql immutable strict parallel safe as $$
begin
  -- Lower case again at the end: unaccent writes "(A)" for a capital in brackets.
  return lower(public.unaccent('public.unaccent', translate(
    regexp_replace(normalize(lower(input), nfkd), '[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'),
    'ς''’‘ʼʹ´`′', 'σ')));
end $$;

-- Makes a table append-only: triggers call it before an update, delete or truncate.
create function reject_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- Logos of the organisation. Earlier ones stay for mails that show them.
create table logos (
  -- The beginning of the content's SHA-256, and its format.
  file text primary key check (file ~ '^[0-9a-f]{32}\.(png|jpg|webp)$'),
  content bytea not null check (length(content) between 1 and 307200),
  created_at timestamptz not null default now()
);

-- One row: the settings that an alumni office can change at run time.
create table settings (
  only_row boolean primary key default true check (only_row),
  organisation_name text not null default 'Alumni Association' check (length(organisation_name) between 1 and 100),
  support_email citext not null default 'alumni-office@example.org',
  support_phone text,
  -- An IANA name, such as Europe/London. All dates are shown in this zone.
  time_zone text not null default 'UTC' check (length(time_zone) between 1 and 60),
  -- For people whose language is not known. A BCP 47 tag, like every `language` column.
  default_language text not null default 'en' check (default_language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  accent_color text not null default '#1f5f5b' check (accent_color ~ '^#[0-9a-f]{6}$'),
  -- Null: our own drawing. Width and height are in pixels.
  logo_file text references logos (file),
  logo_width integer check (logo_width between 1 and 2000),
  logo_height integer check (logo_height between 1 and 2000),

  -- Mail texts that the office can reword.
  -- Null means our own wording, in the recipient's language.
  invitation_subject text check (length(invitation_subject) between 1 and 150),
  invitation_intro text check (length(invitation_intro) between 1 and 2000),
  invitation_closing text check (length(invitation_closing) between 1 and 500),
  mail_greeting text check (length(mail_greeting) between 1 and 150),
  mail_greeting_nameless text check (length(mail_greeting_nameless) between 1 and 150),
  mail_footer text not null default '' check (length(mail_footer) <= 1000),

  invitation_days integer not null default 7 check (invitation_days between 1 and 90),
  -- Reminders are sent this many days before and after an invitation expires. 0 means no reminder.
  remind_days_before integer not null default 3 check (remind_days_before between 0 and 30),
  remind_days_after integer not null default 1 check (remind_days_after between 0 and 30),

  -- COPPA's own limit is 13, so no setting can go below it.
  blocked_below_age integer not null default 14 check (blocked_below_age between 13 and 21),
  full_access_from_age integer not null default 18 check (full_access_from_age <= 25),
  -- Consents and profiles store the version that was valid when they were created.
  policy_version integer not null default 1,
  -- The office has only guardians' addresses for minors, so an account at a minor's address needs no review.
  minors_addresses_are_guardians boolean not null default false,

  two_step_for_staff boolean not null default false,

  -- The current versions in legal_texts. Null: the office has none, and nothing is shown.
  privacy_version integer,
  terms_version integer,

  -- How long data is kept, see src/settings/retention.ts.
  retain_import_rows_days integer not null default 90 check (retain_import_rows_days between 7 and 365),
  retain_invitations_days integer not null default 1095 check (retain_invitations_days between 90 and 3650),
  retain_messages_days integer not null default 730 check (retain_messages_days between 90 and 3650),
  retain_requests_days integer not null default 90 check (retain_requests_days between 7 and 1095),
  retain_webhook_deliveries_days integer not null default 30 check (retain_webhook_deliveries_days between 7 and 365),
  retain_ips_days integer not null default 365 check (retain_ips_days between 30 and 3650),
  -- Accounts without a sign-in for so long are listed for staff.
  inactive_after_days integer not null default 1095 check (inactive_after_days between 180 and 3650),
  updated_at timestamptz not null default now(),
  check (full_access_from_age >= blocked_below_age),
  check (num_nonnulls(logo_file, logo_width, logo_height) in (0, 3))
);
insert into settings default values;

-- Changed age limits are a new version of the policy, whoever changes them.
create function increment_policy_version() returns trigger language plpgsql as $$
begin
  new.policy_version := old.policy_version + 1;
  return new;
end $$;
create trigger settings_policy_version before update on settings for each row
  when ((old.blocked_below_age, old.full_access_from_age) is distinct from (new.blocked_below_age, new.full_access_from_age))
  execute function increment_policy_version();

-- The last millisecond of the day that is `days` days after `moment`, in the office's time zone: just before the next
-- midnight. Where clocks change, that midnight can come twice, and then the day ends before the first one.
create function end_of_office_day(moment timestamptz, days integer) returns timestamptz language sql stable parallel safe as $$
  select case when (before_midnight at time zone time_zone)::date = last_day then before_midnight
    else (last_day + time '23:59:59.999') at time zone time_zone end
  from settings
  cross join lateral (select (moment at time zone time_zone)::date + days as last_day) day
  cross join lateral (select (last_day + 1)::timestamp at time zone time_zone - interval '1 millisecond' as before_midnight) end_of_day
$$;
