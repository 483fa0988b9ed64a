import { row, rows } from '../../src/database.ts';
import { vacuum } from './vacuum.ts';

const A_CHUNK = 25_000;

/**
 * As many records, in every state and with gaps, a third of them claimed by accounts of their own, and a fiftieth as many
 * accounts that nobody has matched. Triggers rest meanwhile: what they would note is written along.
 */
export async function fillRecords(count: number): Promise<void> {
  await rows('alter table alumni_members disable trigger user');
  await rows('alter table profiles disable trigger user');
  for (let first = 1; first <= count; first += A_CHUNK) {
    const part = [first, Math.min(count, first + A_CHUNK - 1), count];
    await rows(RECORDS, part);
    await rows(ACCOUNTS, part.slice(0, 2));
    await rows(CLAIMS, part.slice(0, 2));
  }
  await rows(
    `update alumni_members set merged_at = now(), active = false,
       merged_into = (select min(id) from alumni_members where external_id like 'reg%')
     where external_id like 'reg%7777' returning 1 as done`,
  );
  await rows('alter table alumni_members enable trigger user');
  await rows('alter table profiles enable trigger user');
  await vacuum();
}

const NAMES = `(array['Abena','Kofi','Esi','Yaw','Efua','Kwame','Adwoa','Nana','Jon','Sela','Owura','Mena','Bola','Asare','Ama','Dela'])`;
const RECORDS = `
insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth, active, deceased,
  claimed, updated_at)
select 'reg' || n, ${NAMES}[1 + (n * 7) % 16] || case when n % 3 = 0 then ' ' || ${NAMES}[1 + (n * 5) % 16] else '' end,
  ${NAMES}[1 + (n * 11) % 16] || (array['son','berg','mensah','tey','owusu','rova','lin','dzi'])[1 + (n * 13) % 8]
    || chr(97 + n % 26) || chr(97 + (n / 26) % 26),
  case when n % 8 > 0 then 'reg' || n || (array['@mail.example.org','@post.example.com'])[1 + n % 2] end,
  case when n % 40 > 0 then 1950 + (n * 17) % 75 end, case when n % 30 > 0 then 'Center ' || (n * 19) % 40 end,
  case when n % 6 > 0 then 1930 + (n * 17) % 75 end, n % 50 <> 1, n % 40 = 2, n % 3 = 1,
  now() - interval '900 days' * (n::float8 / $3::int)
from generate_series($1::int, $2::int) n`;
const ACCOUNTS = `
insert into accounts (email, name, password_hash, matched)
select 'member' || n || '@members.example.org', ${NAMES}[1 + (n * 7) % 16] || ' ' || ${NAMES}[1 + (n * 11) % 16] || 'son',
  '$$argon2id$$', n % 3 = 1
from generate_series($1::int, $2::int) n where n % 3 = 1 or n % 50 = 3`;
const CLAIMS = `
insert into profiles (account_id, alumni_member_id, relationship, policy_version)
select a.id, m.id, 'self', 1 from generate_series($1::int, $2::int) n
join alumni_members m on m.external_id = 'reg' || n
join accounts a on a.email = ('member' || n || '@members.example.org')::citext where n % 3 = 1`;

const filters: Record<string, [address: string, where: string]> = {
  'all records': ['', 'true'],
  'an old batch': ['batch=1951', 'batch = 1951'],
  'a young batch': ['batch=2020', 'batch = 2020'],
  'a center': ['center=Center+5', `center = 'Center 5'`],
  active: ['standing=active', `state = 'active'`],
  inactive: ['standing=inactive', `state = 'inactive'`],
  deceased: ['standing=deceased', `state = 'deceased'`],
  claimed: ['standing=claimed', 'claimed'],
  unclaimed: ['standing=unclaimed', `state = 'active' and not claimed`],
  'merged away': ['standing=merged', `state = 'merged'`],
  'without an address': ['without=address', 'email is null'],
  'without a year of birth': ['without=birth', 'year_of_birth is null'],
  'a batch in a center': ['batch=1985&center=Center+5', `batch = 1985 and center = 'Center 5'`],
  'claimed in a center': ['standing=claimed&center=Center+5', `claimed and center = 'Center 5'`],
  'unclaimed without a year of birth': [
    'standing=unclaimed&without=birth',
    `state = 'active' and not claimed and year_of_birth is null`,
  ],
  'a center without addresses': ['center=Center+8&without=address', `center = 'Center 8' and email is null`],
};
const searches: [name: string, address: string][] = [
  ['one address', 'q=reg4711%40mail'],
  ['an external id', 'q=reg4711'],
  ['a name', 'q=Kofi+Esiowusuab'],
  ['a common name', 'q=Abena'],
  ['an end that most have', 'q=example.org'],
  ['two letters', 'q=Es'],
  ['nobody', 'q=zzzqqq'],
  ['a common name in a batch', 'q=Abena&batch=1985'],
  ['a name among the claimed', 'q=Kofi+Esiowusuab&standing=claimed'],
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

/** The pages of the register that must cost as much with half a million records as with five thousand. */
export async function recordPages(): Promise<[name: string, path: string][]> {
  const pages: [string, string][] = [];
  for (const [name, [address, where]] of Object.entries(filters)) {
    for (const sort of Object.keys(orders) as Sort[]) {
      const path = `/admin/alumni?${address}&sort=${sort}`;
      pages.push([`records, ${name} by ${sort}`, path]);
      const middle = await middleOf(where, sort);
      if (middle) pages.push([`records, ${name} by ${sort}, in the middle`, `${path}&after=${middle}`]);
    }
  }
  for (const sort of ['name', '-changed']) {
    for (const [name, address] of searches)
      pages.push([`records, a search for ${name} by ${sort}`, `/admin/alumni?${address}&sort=${sort}`]);
  }
  const some = await row<{ account: string; record: string }>(
    `select (select min(id) from accounts where not matched and staff_role is null) as account,
       (select min(id) from alumni_members where claimed) as record`,
  );
  return [
    ...pages,
    ['one record', `/admin/alumni/${some?.record}`],
    ['records to merge with', `/admin/alumni/${some?.record}/merge`],
    ['accounts without a record', '/admin/alumni/unmatched'],
    ['one account without a record', `/admin/alumni/unmatched/${some?.account}`],
    ['accounts that need no record', '/admin/alumni/unmatched?show=settled'],
  ];
}

async function middleOf(where: string, sort: Sort): Promise<string | null> {
  const [order, keys] = orders[sort];
  const found = await row<{ place: string }>(
    `select json_build_array(${keys})::text as place from alumni_members where ${where} order by ${order}
     offset (select count(*) / 2 from alumni_members where ${where}) limit 1`,
  );
  return found && Buffer.from(found.place).toString('base64url');
}
