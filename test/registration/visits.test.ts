import { afterEach, describe, expect, it, vi } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { type LinkOpen, listLinkOpens } from '../../src/invitations/opens/link-open.ts';
import { countRecentLinkOpens } from '../../src/invitations/opens/recent-opens.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  runJobs,
  validPassword,
} from '../support/fixtures.ts';
import { resend, revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

const system = { kind: 'system' } as const;
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

/** Somebody with the browser of a phone. */
function person(): Visitor {
  const visitor = newVisitor();
  visitor.agent
    .set('User-Agent', safari)
    .set('Accept-Language', 'en-GB')
    .set('Sec-Fetch-Mode', 'navigate')
    .set('Sec-Fetch-Dest', 'document');
  return visitor;
}

const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;
const kinds = (linkOpens: LinkOpen[]) =>
  linkOpens.map(({ kind, detail, openCount }) => [kind, detail, openCount]);
const openedAt = async (id: string) => (await getInvitation(id)).openedAt;

afterEach(() => {
  vi.restoreAllMocks();
});

// First: the links of the other tests are many from one place.
describe('a link that we mailed', () => {
  it('is not opened by what comes in the seconds after its mail', async () => {
    const { url, invitation } = await createTestInvitation('hasty@example.org');
    await runJobs();
    await person().open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['scanner', 'Safari on iPhone', 1]]);
    await queryRows(
      `update messages set sent_at = sent_at - interval '1 minute' where recipient = 'hasty@example.org'`,
    );
    await person().open(url);
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('is not opened by what opens many people’s at once', async () => {
    for (let other = 0; other < 5; other += 1) countRecentLinkOpens('127.0.0.1', `other ${other}`);
    const { url, invitation } = await createTestInvitation('crowd@example.org');
    await queryRows(
      `update messages set sent_at = now() - interval '1 hour' where recipient = 'crowd@example.org'`,
    );
    await person().open(url);
    expect(await openedAt(invitation.id)).toBeNull();
    const handed = await createTestInvitation('table@example.org', { delivery: 'link' });
    await person().open(handed.url);
    expect(await openedAt(handed.invitation.id)).not.toBeNull();
  });
});

describe('who opens a link', () => {
  it('a hundred visits of scanners leave it unopened and in one row, and a person after them counts', async () => {
    const { url, invitation } = await createTestInvitation('scanned@example.org', { delivery: 'link' });
    for (let time = 0; time < 50; time += 1) {
      await newVisitor().agent.get(pathOf(url)).set('User-Agent', 'Outlook-SafeLinks').expect(303);
      await newVisitor().agent.head(pathOf(url)).set('User-Agent', 'Outlook-SafeLinks').expect(303);
    }
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['scanner', 'Another browser', 100]]);
    expect(await openedAt(invitation.id)).toBeNull();
    expect((await person().open(url)).status).toBe(200);
    expect(kinds(await listLinkOpens(invitation.id))).toContainEqual(['person', 'Safari on iPhone', 1]);
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('a program in the clothes of a browser, that keeps no cookie, opens nothing', async () => {
    const { url, invitation } = await createTestInvitation('dressed@example.org', { delivery: 'link' });
    for (let time = 0; time < 3; time += 1) {
      await person().agent.get(pathOf(url)).expect(303);
      await person().agent.get('/register').expect(200);
    }
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['unconfirmed', 'Safari on iPhone', 3]]);
    expect(await openedAt(invitation.id)).toBeNull();
    await person().open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['person', 'Safari on iPhone', 1]]);
  });

  it('is counted once for a person who comes back to the page, and the first time stays', async () => {
    const { url, invitation } = await createTestInvitation('back@example.org', { delivery: 'link' });
    const visitor = person();
    await visitor.open(url);
    const first = await openedAt(invitation.id);
    await visitor.open('/register');
    await visitor.open(url);
    expect(kinds(await listLinkOpens(invitation.id))).toEqual([['person', 'Safari on iPhone', 2]]);
    expect(await openedAt(invitation.id)).toEqual(first);
  });

  it('is a person, whatever the browser shows, once a form is sent', async () => {
    const { url, invitation } = await createTestInvitation('typed@example.org');
    const recordId = await createTestRecord('typed@example.org', { yearOfBirth: null });
    const visitor = newVisitor();
    await visitor.open(url);
    expect(await openedAt(invitation.id)).toBeNull();
    await visitor.submit('/register', {
      name: '',
      password: 'not long',
      [`records[${recordId}]`]: 'self',
      ownYearOfBirth: '',
    });
    const visits = await listLinkOpens(invitation.id);
    expect(kinds(visits)).toContainEqual(['form-error', 'name password yearOfBirth', 1]);
    expect(JSON.stringify(visits)).not.toContain('not long');
    expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('has opened what is accepted or declined, at the latest then', async () => {
    const accepted = await createTestInvitation('quick@example.org');
    const one = newVisitor();
    await one.open(accepted.url);
    await one.submit('/register', { name: 'Quick', password: validPassword });
    const declined = await createTestInvitation('no-thanks@example.org');
    const other = newVisitor();
    await other.open(declined.url);
    await other.open('/register/decline');
    await other.submit('/register/decline', { reason: 'not-me' });
    for (const { invitation } of [accepted, declined]) expect(await openedAt(invitation.id)).not.toBeNull();
  });

  it('is noted where the link lets nobody in any more, and then opens nothing', async () => {
    const old = await createTestInvitation('older@example.org', { delivery: 'link' });
    await resend(old.invitation.id, 'mail', system);
    const late = await createTestInvitation('late@example.org', { delivery: 'link' });
    await expireInvitation(late.invitation.id);
    const revoked = await createTestInvitation('revoked@example.org', { delivery: 'link' });
    await revoke(revoked.invitation.id, null, system);
    for (const { url, invitation } of [old, late, revoked]) {
      expect((await person().open(url)).status).toBe(410);
      expect(kinds(await listLinkOpens(invitation.id))).toEqual([['invalid', 'Safari on iPhone', 1]]);
      expect(await openedAt(invitation.id)).toBeNull();
    }
  });
});

it('a visit that can’t be noted keeps nobody from registering', async () => {
  const { url, invitation } = await createTestInvitation('unseen@example.org', { delivery: 'mail' });
  await queryRows('alter table link_opens add constraint closed check (false) not valid');
  try {
    const visitor = person();
    expect((await visitor.open(url)).status).toBe(200);
    expect((await visitor.submit('/register', { name: '', password: 'x' })).status).toBe(422);
    const page = await visitor.submit('/register', { name: 'Unseen', password: validPassword });
    expect(page.path).toBe('/home');
  } finally {
    await queryRows('alter table link_opens drop constraint closed');
  }
  expect((await getInvitation(invitation.id)).status).toBe('accepted');
});

it('places are counted for ten seconds, and forgotten', () => {
  const at = Date.now();
  expect(countRecentLinkOpens('192.0.2.1', 'a', at)).toBe(1);
  expect(countRecentLinkOpens('192.0.2.1', 'a', at)).toBe(1);
  expect(countRecentLinkOpens('192.0.2.1', 'b', at + 1)).toBe(2);
  expect(countRecentLinkOpens('192.0.2.2', 'c', at + 1)).toBe(1);
  expect(countRecentLinkOpens('192.0.2.1', 'd', at + 10_001)).toBe(1);
});
