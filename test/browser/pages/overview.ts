import { requestHelp } from '../../../src/invitations/requests/help-request.ts';
import type { HelpKind } from '../../../src/invitations/requests/invitation-request.ts';
import { suppress } from '../../../src/platform/mail/suppressions.ts';
import { clearOverviewCache } from '../../../src/support/overview.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../../support/fixtures.ts';
import { revoke } from '../../support/operations.ts';
import { goTo, type OpenAs, type TestPage } from './page.ts';

async function createHistory(): Promise<void> {
  await queryRows(
    `insert into invitations (reference, email, name, batch, center, validity_days, created_at, expires_at,
       delivered_at, opened_at, accepted_at, bounced_at)
     select 'TR' || lpad(n::text, 6, '0'), 'page' || n || '@history.example.org', 'Amma Owusu', 1975 + n % 40,
       (array['Harbour', 'Hill', 'Llanfairpwllgwyngyll Riverside Campus', 'Riverside'])[1 + n % 4], 7,
       now() - n * interval '5 hours', now() - n * interval '5 hours' + interval '7 days',
       case when n % 9 > 0 then now() end, case when n % 3 > 0 then now() end,
       case when n % 5 > 2 then now() - n * interval '4 hours' end, case when n % 30 = 0 then now() end
     from generate_series(1, 300) n on conflict do nothing returning id`,
  );
  clearOverviewCache();
}

async function registerWaitingMinor(email: string): Promise<void> {
  const recordId = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  await visitor.submit('/register', {
    name: 'Young Amma',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
    guardianName: 'Gita Guardian',
    guardianEmail: uniqueAddress(),
  });
}

async function requestNewLink(email: string): Promise<void> {
  const visitor = newVisitor();
  await visitor.open('/register/new-link');
  await visitor.submit('/register/new-link', { email });
}

async function createRequest(email: string): Promise<string> {
  await requestNewLink(email);
  const found = await queryRow<{ id: string }>(
    `select id from invitation_requests where email = $1 and resolved_at is null`,
    [email],
  );
  return `/admin/requests/${found?.id}`;
}

async function createHelpRequest(kind: HelpKind, newEmail?: string): Promise<string> {
  const email = uniqueAddress();
  const { invitation } = await createTestInvitation(email);
  const names = { name: 'Amma Celik', schoolName: 'Amma Çelik' };
  const details = { ...names, lastYear: 2002, center: 'Harbour', ...(newEmail && { newEmail }) };
  await requestHelp(kind, { email, invitationId: invitation.id }, details, { kind: 'system' });
  const found = await queryRow<{ id: string }>('select id from invitation_requests where email = $1', [
    email,
  ]);
  return `/admin/requests/${found?.id}`;
}

async function openAsStaff(role: 'admin' | 'support', path: string, openAs: OpenAs) {
  return goTo(await openAs(await signInStaff(role)), path);
}

/** The overview, requests, and finding a person. */
export const overviewPages: readonly TestPage[] = [
  [
    'the overview',
    async (openAs) => {
      await createHistory();
      await requestNewLink('nobody-knows-me@somewhere-far-away.example.org');
      return openAsStaff('admin', '/admin', openAs);
    },
  ],
  [
    'the overview of a chosen period, for support',
    (openAs) => openAsStaff('support', '/admin?from=2026-01-01&batch=1980', openAs),
  ],
  [
    'the overview of an empty period',
    (openAs) => openAsStaff('admin', '/admin?from=1999-01-01&to=1999-01-31', openAs),
  ],
  [
    'minors who await consent',
    async (openAs) => {
      await registerWaitingMinor(uniqueAddress());
      await registerWaitingMinor('alexandrina.featherstonehaugh-cholmondeley@students.example.org');
      return openAsStaff('support', '/admin/consents/waiting', openAs);
    },
  ],
  [
    'resolved requests, without any',
    (openAs) => openAsStaff('support', '/admin/requests?show=answered', openAs),
  ],
  [
    'requests for a new link',
    async (openAs) => {
      await createTestRecord('amma.owusu@requests.example.org');
      await requestNewLink('amma.owusu@requests.example.org');
      await requestNewLink('amma.owusu@gmial.com');
      const { invitation } = await createTestInvitation('revoked@requests.example.org');
      await revoke(invitation.id, 'Moved abroad', { kind: 'system' });
      await requestNewLink('revoked@requests.example.org');
      return openAsStaff('admin', '/admin/requests', openAs);
    },
  ],
  [
    'a request for an invitation to another address',
    async (openAs) => {
      await createTestRecord('celik@requests.example.org', { lastName: 'Çelik' });
      return openAsStaff('admin', await createHelpRequest('shared-address', uniqueAddress()), openAs);
    },
  ],
  [
    'a request about a changed name',
    async (openAs) => {
      await createTestRecord('celik@requests.example.org', { lastName: 'Çelik' });
      return openAsStaff('admin', await createHelpRequest('name-changed'), openAs);
    },
  ],
  [
    'a request of someone from another school, for support',
    async (openAs) => openAsStaff('support', await createHelpRequest('wrong-school'), openAs),
  ],
  ['requests, for support', (openAs) => openAsStaff('support', '/admin/requests', openAs)],
  [
    'a request with errors',
    async (openAs) => {
      const page = await openAsStaff('admin', await createRequest('amma.owusu@requests.example.com'), openAs);
      await page.getByRole('button', { name: 'Correct and answer' }).click();
      return page;
    },
  ],
  [
    'a resolved request',
    async (openAs) => {
      const path = await createRequest(uniqueAddress());
      const support = await signInStaff('support');
      await support.open(path);
      await support.submit(`${path}/dismissal`, { reason: 'Unknown person' });
      return goTo(await openAs(support), path);
    },
  ],
  ['resolved requests', (openAs) => openAsStaff('support', '/admin/requests?show=answered', openAs)],
  [
    'minors who await consent, without any',
    (openAs) => openAsStaff('support', '/admin/consents/waiting?batch=1901', openAs),
  ],
  ['finding a person', (openAs) => openAsStaff('support', '/admin/help', openAs)],
  ['finding a person without results', (openAs) => openAsStaff('support', '/admin/help?q=zzzzzz', openAs)],
  [
    'finding several people',
    async (openAs) => {
      const email = 'firstname.second-name.surname@several-people.example.org';
      await createTestRecord(email);
      await createTestAccount(email, null, 'Somebody');
      await createTestInvitation('another@several-people.example.org');
      return openAsStaff('admin', '/admin/help?q=several-people', openAs);
    },
  ],
  [
    'a person with a history',
    async (openAs) => {
      const email = uniqueAddress();
      await registerWaitingMinor(email);
      await requestNewLink(email);
      await runJobs();
      return openAsStaff('admin', `/admin/help/person?${new URLSearchParams({ email })}`, openAs);
    },
  ],
  [
    'an invited person, for support',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestInvitation(email);
      await createTestRecord(email);
      return openAsStaff('support', `/admin/help/person?${new URLSearchParams({ email })}`, openAs);
    },
  ],
  [
    'erasing a person',
    async (openAs) => {
      const email = uniqueAddress();
      await createTestInvitation(email);
      await createTestRecord(email);
      await createTestRecord(email, { lastName: 'Owusu-Ansah' });
      await suppress([{ email, kind: 'unsubscribed' }], { kind: 'system' });
      return openAsStaff('admin', `/admin/help/person/erasure?${new URLSearchParams({ email })}`, openAs);
    },
  ],
  [
    'an unknown person',
    (openAs) => openAsStaff('support', '/admin/help/person?email=nobody@nowhere.example.org', openAs),
  ],
];
