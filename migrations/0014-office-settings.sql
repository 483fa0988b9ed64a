-- How many days before an invitation expires, and how many after, its holder is reminded once. 0: not at all.
alter table settings
  add column remind_days_before integer not null default 3 check (remind_days_before between 0 and 30),
  add column remind_days_after integer not null default 1 check (remind_days_after between 0 and 30);
