import { rows } from '../../src/database.ts';

/** Three quarters of the invitations have names of the register; the rest are addresses that nobody knows. */
const FILLING = `
insert into invitations (reference, email, name, batch, center, group_id, group_role, validity_days, created_at,
  expires_at, accepted_at, revoked_at, declined_at, declined_reason, invited_by, delivered_at, bounced_at, failed_at,
  opened_at, expiry_noted_at)
select lpad(n::text, 8, '0'), first || '.' || last || n || '@' || domain, case when known then first || ' ' || last else '' end,
  case when known then batch end, case when known then center end, case when dice(n, 'group', 50) = 0 then dice(n, 'which', 8) + 1 end,
  case when dice(n, 'group', 50) = 0 then 'member' end, 7, created_at, expires_at,
  case when fate < 200 then created_at + interval '2 days' end,
  case when fate between 200 and 249 then created_at + interval '3 days' end,
  case when fate between 250 and 259 then created_at + interval '1 day' end,
  case when fate between 250 and 259 then 'not-me' end,
  (select min(id) from accounts) + dice(n, 'inviter', 8),
  case when sending > 6 then created_at + interval '1 minute' end,
  case when sending between 1 and 5 then created_at + interval '1 minute' end,
  case when sending = 6 then created_at + interval '2 days' end,
  case when sending > 60 then created_at + interval '1 day' end,
  case when fate >= 260 and expires_at < now() - interval '30 seconds' then expires_at + interval '30 seconds' end
from (
  select n, created_at, created_at + interval '7 days' as expires_at, dice(n, 'fate', 1000) as fate,
    dice(n, 'sending', 100) as sending, dice(n, 'known', 4) > 0 as known,
    1960 + ((n::numeric / $1 * 67)::int + dice(n, 'batch', 5) * dice(n, 'batch', 3)) % 67 as batch,
    'Center ' || least(dice(n, 'center', 40), dice(n, 'chance', 60)) as center,
    initcap(starts[1 + dice(n, 'a', 24)] || ends[1 + dice(n, 'b', 24)]) as first,
    initcap(starts[1 + dice(n, 'c', 24)] || middles[1 + dice(n, 'd', 24)] || ends[1 + dice(n, 'e', 24)]) as last,
    (array['mail.example.org','post.example.com','alumni.example.net'])[1 + dice(n, 'domain', 3)] as domain
  from (select
      string_to_array('a ko es yaw ef kwa ab na jo se owu men bo asa ad agy oso ap bon do lu hi mi fre', ' ') as starts,
      string_to_array('ma fi wu si sam mer dor nah bil lor pri chu ten vel gra jan kat rox tim hel mon zey gun bec', ' ') as middles,
      string_to_array('ua sah teng tey jei mang fou piah sul dzi man berg son lin ick ota ger wyn mar dez kov nez rup rio', ' ')
        as ends,
      n, now() - ($1 - n)::float8 / $1 * interval '1095 days' as created_at from generate_series(1, $1) n) numbered
) people`;

const dice = `create or replace function dice(n int, what text, sides int) returns int language sql immutable parallel safe as
  'select (abs(hashint8(hashtext(what)::int8 * 1000003 + n)::int8) % sides)::int'`;

/** Fills a migrated database with as many invitations as a large or a small office has, and half as many records. */
export async function fillLists(invitations: number): Promise<void> {
  await rows(dice);
  await rows(
    `insert into accounts (email, name, password_hash) select 'inviter' || n || '@example.org', 'Inviter ' || n, $1
     from generate_series(1, 8) n returning id`,
    ['$argon2id$'],
  );
  await rows(`insert into groups (name) select 'Chapter ' || n from generate_series(1, 8) n returning id`);
  const indexes = await rows<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'invitations'::regclass and not indisunique`,
  );
  for (const { name } of indexes) await rows(`drop index ${name}`);
  await rows(FILLING, [invitations]);
  for (const { definition } of indexes) await rows(definition);
  await rows('alter index invitations_parts alter column 1 set statistics 1000');
  await rows(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
     select 'bench' || id, split_part(name, ' ', 1), split_part(name, ' ', 2), email, batch, center, batch - 18
     from invitations where id % 2 = 0 and name <> '' returning id`,
  );
  await rows('vacuum analyze');
}
