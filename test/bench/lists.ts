import {
  emptyInvitationFilter,
  type InvitationFilter,
  invitationConditions,
} from '../../src/invitations/filter.ts';
import { queryRow, queryRows } from '../support/database.ts';
import type { PanelPage } from './panel.ts';
import { vacuum } from './vacuum.ts';

/** Three quarters of the invitations have names from the directory; the rest are unknown addresses. */
const INSERT_INVITATIONS = `
insert into invitations (reference, email, name, batch, center, group_id, group_role, validity_days, created_at,
  expires_at, accepted_at, revoked_at, declined_at, declined_reason, invited_by, delivered_at, bounced_at, failed_at,
  opened_at, expiry_recorded_at)
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
      n, now() - ($1 - n)::float8 / $1 * interval '1095 days' as created_at from generate_series($2::int, $3::int) n) numbered
) people`;

const dice = `create or replace function dice(n int, what text, sides int) returns int language sql immutable parallel safe as
  'select (abs(hashint8(hashtext(what)::int8 * 1000003 + n)::int8) % sides)::int'`;

const CHUNK_SIZE = 50_000;

/** Fills a migrated database with invitations. */
export async function fillLists(invitations: number): Promise<void> {
  await queryRows(dice);
  await queryRows(
    `insert into accounts (email, name, password_hash) select 'inviter' || n || '@example.org', 'Inviter ' || n, $1
     from generate_series(1, 8) n returning id`,
    ['$argon2id$'],
  );
  await queryRows(
    `insert into groups (name) select 'Chapter ' || n from generate_series(1, 8) n returning id`,
  );
  const indexes = await queryRows<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'invitations'::regclass and not indisunique`,
  );
  for (const { name } of indexes) await queryRows(`drop index ${name}`);
  // In chunks, to stay below the statement timeout.
  for (let first = 1; first <= invitations; first += CHUNK_SIZE) {
    const last = Math.min(invitations, first + CHUNK_SIZE - 1);
    await queryRows(INSERT_INVITATIONS, [invitations, first, last]);
  }
  for (const { definition } of indexes) await queryRows(definition);
  await vacuum();
}

const today = Date.now();
const day = (daysAgo: number) => new Date(today - daysAgo * 86_400_000).toISOString().slice(0, 10);

/** Values of each filter, as query parameters and as filter objects. */
const filters: Record<string, readonly (readonly [query: string, filter: Partial<InvitationFilter>])[]> = {
  status: (['pending', 'accepted', 'expired', 'revoked', 'declined'] as const).map((status) => [
    `status=${status}`,
    { status },
  ]),
  delivery: (['queued', 'sent', 'opened', 'bounced', 'failed'] as const).map((delivery) => [
    `delivery=${delivery}`,
    { delivery },
  ]),
  batch: [
    ['batch=1961', { batch: 1961 }],
    ['batch=2020', { batch: 2020 }],
  ],
  center: [['center=Center+5', { center: 'Center 5' }]],
  group: [['group=3', { groupId: '3' }]],
  inviter: [['inviter=3', { inviterId: '3' }]],
  days: [[`from=${day(60)}&to=${day(30)}`, { from: day(60), to: day(30) }]],
};

const searches: readonly (readonly [name: string, query: string])[] = [
  ['an address', 'yawsul.kowuger'],
  ['a name', 'Yawger+Bonchu'],
  ['a name in the other order', 'Bonchu+Yawger'],
  ['three letters', 'yaw'],
  ['a common word', 'example'],
  ['two letters', 'ko'],
  ['a reference', '00004711'],
];
const searchesWithoutResult: readonly (readonly [name: string, query: string])[] = [
  ['nobody', 'zzzqqq'],
  ['a misspelt name', 'Yawgerr'],
];

const keys = {
  '-sent': 'i.created_at::text',
  expires: 'i.expires_at::text',
  address: 'i.email::text',
  status: 'i.stage::text, i.expires_at::text',
};
type Sort = keyof typeof keys;
const sorts = Object.keys(keys) as Sort[];

/** Each filter, pair of filters and search, in each order; for single filters also a page in the middle. */
export async function listPages(): Promise<PanelPage[]> {
  const pages: PanelPage[] = [];
  const singleFilters = Object.values(filters).flat();
  for (const sort of sorts) {
    for (const [filterQuery, filter] of [['', {}] as const, ...singleFilters]) {
      const path = `/admin/invitations?${filterQuery}&sort=${sort}`;
      pages.push({ kind: 'list', path });
      const middle = await middleOf({ ...emptyInvitationFilter, ...filter }, sort);
      if (middle)
        pages.push(
          { kind: 'list', path: `${path}&after=${middle}` },
          { kind: 'list', path: `${path}&before=${middle}` },
        );
    }
    for (const [first, second] of pairs())
      pages.push({ kind: 'pair of filters', path: `/admin/invitations?${first}&${second}&sort=${sort}` });
    for (const [, search] of searches) {
      pages.push({ kind: 'search', path: `/admin/invitations?q=${search}&sort=${sort}` });
      for (const filter of ['status=pending', 'delivery=failed', 'center=Center+5'])
        pages.push({ kind: 'search', path: `/admin/invitations?q=${search}&${filter}&sort=${sort}` });
    }
  }
  for (const [, search] of searchesWithoutResult)
    pages.push({ kind: 'search without a result', path: `/admin/invitations?q=${search}` });
  return pages;
}

function pairs(): [string, string][] {
  const fields = Object.values(filters);
  return fields.flatMap((field, index) =>
    fields
      .slice(index + 1)
      .flat()
      .flatMap(([second]) => field.map(([first]): [string, string] => [first, second])),
  );
}

async function middleOf(filter: InvitationFilter, sort: Sort): Promise<string | null> {
  const { sql, bind } = invitationConditions(filter);
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const order = keys[sort].replaceAll('::text', '').replaceAll(',', ` ${direction},`);
  const found = await queryRow<{ cursor: string }>(
    `select json_build_array(${keys[sort]}, i.id::text)::text as cursor from invitations i where ${sql}
     order by ${order} ${direction}, i.id ${direction}
     offset (select count(*) / 2 from invitations i where ${sql}) limit 1`,
    bind,
  );
  return found && Buffer.from(found.cursor).toString('base64url');
}
