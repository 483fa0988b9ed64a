import { rows } from '../../../src/database.ts';
import { foldTallies } from '../../../src/invitations/tallies.ts';
import { alumna, goodPassword, invited, staff, stranger } from '../../support/cast.ts';
import { at, newAddress, type Sit, type Stop } from './stop.ts';

async function history(): Promise<void> {
  await rows(
    `insert into invitations (reference, email, name, batch, center, validity_days, created_at, expires_at,
       delivered_at, opened_at, accepted_at, bounced_at)
     select 'TR' || lpad(n::text, 6, '0'), 'tour' || n || '@history.example.org', 'Amma Owusu', 1975 + n % 40,
       (array['Harbour', 'Hill', 'A center with quite a long name', 'Riverside'])[1 + n % 4], 7,
       now() - n * interval '5 hours', now() - n * interval '5 hours' + interval '7 days',
       case when n % 9 > 0 then now() end, case when n % 3 > 0 then now() end,
       case when n % 5 > 2 then now() - n * interval '4 hours' end, case when n % 30 = 0 then now() end
     from generate_series(1, 300) n on conflict do nothing returning id`,
  );
  await foldTallies();
}

async function minorWaits(): Promise<void> {
  const email = newAddress();
  const recordId = await alumna(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  const visitor = stranger();
  await visitor.open((await invited(email)).url);
  await visitor.submit('/register', {
    name: 'Young Amma',
    password: goodPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: newAddress(),
  });
}

async function asks(email: string): Promise<void> {
  const visitor = stranger();
  await visitor.open('/register/new-link');
  await visitor.submit('/register/new-link', { email });
}

async function seenBy(role: 'admin' | 'support', path: string, sit: Sit) {
  return at(await sit(await staff(role)), path);
}

/** The overview, and where its figures lead. */
export const overviewStops: readonly Stop[] = [
  [
    'the overview',
    async (sit) => {
      await history();
      await asks('nobody-knows-me@somewhere-far-away.example.org');
      return seenBy('admin', '/admin', sit);
    },
  ],
  [
    'the overview of days of one’s choice, as support sees it',
    (sit) => seenBy('support', '/admin?from=2026-01-01&batch=1980', sit),
  ],
  [
    'the overview of a time when nothing was',
    (sit) => seenBy('admin', '/admin?from=1999-01-01&to=1999-01-31', sit),
  ],
  [
    'who waits for consent',
    async (sit) => {
      await minorWaits();
      return seenBy('support', '/admin/consents/waiting', sit);
    },
  ],
  ['nobody waits for consent', (sit) => seenBy('support', '/admin/consents/waiting?batch=1901', sit)],
];
