import { queryRow, queryRows } from '../support/database.ts';
import type { PanelPage } from './panel.ts';
import { vacuum } from './vacuum.ts';

const CHUNK_SIZE = 25_000;

/**
 * Adds `count` records in every state, some incomplete, a third of them claimed, and some unmatched accounts. None of the
 * addresses is invited, so triggers can be disabled.
 */
export async function fillRecords(count: number): Promise<void> {
  await queryRows('alter table alumni_members disable trigger user');
  for (let first = 1; first <= count; first += CHUNK_SIZE) {
    const part = [first, Math.min(count, first + CHUNK_SIZE - 1), count];
    await queryRows(RECORDS, part);
    await queryRows(ACCOUNTS, part.slice(0, 2));
    await queryRows(CLAIMS, part.slice(0, 2));
  }
  await queryRows(
    `update alumni_members set merged_at = now(), active = false,
       merged_into = (select min(id) from alumni_members where external_id like 'reg%')
     where external_id like 'reg%7777' returning 1 as done`,
  );
  await queryRows('alter table alumni_members enable trigger user');
  await vacuum();
}

const NAMES = `(array['Abena','Kofi','Esi','Yaw','Efua','Kwame','Adwoa','Nana','Jon','Sela','Owura','Mena','Bola','Asare','Ama','Dela'])`;
const RECORDS = `
insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth, active, deceased,
  updated_at)
select 'reg' || n, ${NAMES}[1 + (n * 7) % 16] || case when n % 3 = 0 then ' ' || ${NAMES}[1 + (n * 5) % 16] else '' end,
  ${NAMES}[1 + (n * 11) % 16] || (array['son','berg','mensah','tey','owusu','rova','lin','dzi'])[1 + (n * 13) % 8]
    || chr(97 + n % 26) || chr(97 + (n / 26) % 26),
  case when n % 8 > 0 then 'reg' || n || (array['@mail.example.org','@post.example.com'])[1 + n % 2] end,
  case when n % 40 > 0 then 1950 + (n * 17) % 75 end, case when n % 30 > 0 then 'Center ' || (n * 19) % 40 end,
  case when n % 6 > 0 then 1930 + (n * 17) % 75 end, n % 50 <> 1, n % 40 = 2,
  now() - interval '900 days' * (n::float8 / $3::int)
from generate_series($1::int, $2::int) n`;
const ACCOUNTS = `
insert into accounts (email, name, password_hash)
select 'member' || n || '@members.example.org', ${NAMES}[1 + (n * 7) % 16] || ' ' || ${NAMES}[1 + (n * 11) % 16] || 'son',
  '$$argon2id$$'
from generate_series($1::int, $2::int) n where n % 3 = 1 or n % 50 = 3`;
const CLAIMS = `
insert into profiles (account_id, alumni_member_id, relationship, policy_version)
select a.id, m.id, 'self', 1 from generate_series($1::int, $2::int) n
join alumni_members m on m.external_id = 'reg' || n
join accounts a on a.email = ('member' || n || '@members.example.org')::citext where n % 3 = 1`;

const IS_CLAIMED = 'exists (select from profiles p where p.alumni_member_id = m.id)';
const filters: Record<string, string> = {
  '': 'true',
  'batch=1951': 'batch = 1951',
  'batch=2020': 'batch = 2020',
  'center=Center+5': `center = 'Center 5'`,
  'state=active': `state = 'active'`,
  'state=inactive': `state = 'inactive'`,
  'state=deceased': `state = 'deceased'`,
  'state=claimed': IS_CLAIMED,
  'state=unclaimed': `state = 'active' and not ${IS_CLAIMED}`,
  'state=merged': `state = 'merged'`,
  'missing=email': 'email is null',
  'missing=year-of-birth': 'year_of_birth is null',
};
const pairs = [
  'batch=1985&center=Center+5',
  'state=claimed&center=Center+5',
  'state=claimed&batch=1985',
  'state=unclaimed&missing=year-of-birth',
  'state=unclaimed&center=Center+5',
  'state=deceased&center=Center+5',
  'state=inactive&batch=1985',
  'center=Center+8&missing=email',
  'batch=1985&missing=year-of-birth',
];
const searches = [
  'reg4711%40mail',
  'reg4711',
  'Kofi+Esiowusuab',
  'Esiowusuab+Kofi',
  'Abena',
  'example.org',
  'Es',
];
const orders = {
  name: ['last_name, first_name, id', 'last_name, first_name, id::text'],
  '-batch': [
    'coalesce(batch, 0) desc, last_name desc, first_name desc, id desc',
    'coalesce(batch, 0)::text, last_name, first_name, id::text',
  ],
  '-changed': ['updated_at desc, id desc', 'updated_at::text, id::text'],
} as const;
type Sort = keyof typeof orders;

/** The pages of the directory. */
export async function recordPages(): Promise<PanelPage[]> {
  const pages: PanelPage[] = [];
  for (const sort of Object.keys(orders) as Sort[]) {
    for (const [filter, where] of Object.entries(filters)) {
      const path = `/admin/alumni?${filter}&sort=${sort}`;
      pages.push({ kind: 'list', path });
      const middle = await middleOf(where, sort);
      if (middle) pages.push({ kind: 'list', path: `${path}&after=${middle}` });
    }
    for (const pair of pairs)
      pages.push({ kind: 'pair of filters', path: `/admin/alumni?${pair}&sort=${sort}` });
    for (const search of searches) {
      pages.push({ kind: 'search', path: `/admin/alumni?q=${search}&sort=${sort}` });
      for (const filter of ['batch=1985', 'state=claimed'])
        pages.push({ kind: 'search', path: `/admin/alumni?q=${search}&${filter}&sort=${sort}` });
    }
  }
  const ids = await queryRow<{ account: string; record: string }>(
    `select (select id from accounts a where a.staff_role is null and a.email like 'member%' and not exists
         (select from profiles p where p.account_id = a.id) order by id limit 1) as account,
       (select min(alumni_member_id) from profiles) as record`,
  );
  const others = [
    `/admin/alumni/${ids?.record}`,
    `/admin/alumni/${ids?.record}/merge`,
    '/admin/alumni/unmatched',
    `/admin/alumni/unmatched/${ids?.account}`,
    '/admin/alumni/unmatched?show=no-record-needed',
    '/admin/consents/waiting',
  ];
  return [...pages, ...others.map((path) => ({ kind: 'list', path }) as const)];
}

async function middleOf(where: string, sort: Sort): Promise<string | null> {
  const [order, keys] = orders[sort];
  const found = await queryRow<{ cursor: string }>(
    `select json_build_array(${keys})::text as cursor from alumni_members m where ${where} order by ${order}
     offset (select count(*) / 2 from alumni_members m where ${where}) limit 1`,
  );
  return found && Buffer.from(found.cursor).toString('base64url');
}
