import { beforeAll, describe, expect, it } from 'vitest';
import { clearOverviewCache } from '../../src/support/overview.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  expireInvitation,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { revoke } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

const figures = ({ page }: Visitor) =>
  Object.fromEntries(
    page
      .$('.figures li')
      .get()
      .map((item) => [
        page.$(item).find('.figures-label').text(),
        page.$(item).find('.figures-figure').text(),
      ]),
  );
const listUrlOf = ({ page }: Visitor, label: string) =>
  String(
    page
      .$('.figures a')
      .filter((_, link) => page.$(link).find('.figures-label').text() === label)
      .attr('href'),
  );
const tableOf = ({ page }: Visitor, chart: string) =>
  page
    .$(`[data-chart=${chart}] tbody tr`)
    .get()
    .map((row) =>
      page
        .$(row)
        .children()
        .get()
        .map((cell) => page.$(cell).text()),
    );

describe('overview before the first invitation', () => {
  it('says what to do first', async () => {
    const page = await admin.open('/admin');
    expect(page.text).toContain('You haven’t invited anyone yet');
    expect(page.$('a[href="/admin/invitations/new"]').text()).toContain('Invite someone');
  });

  it('offers support no actions for administrators', async () => {
    const page = await support.open('/admin');
    expect(page.text).toContain('An administrator can send the first invitation');
    expect(page.$('main a').length).toBe(0);
  });

  it('is the start page of staff after sign-in', () => {
    expect(admin.page.path).toBe('/admin');
  });
});

describe('overview', () => {
  beforeAll(async () => {
    const recordId = await createTestRecord('in@overview.example', { batch: 1999 });
    const { url } = await createTestInvitation('in@overview.example');
    const person = newVisitor();
    await person.open(url);
    const form = { name: 'Amma Owusu', password: validPassword, [`records[${recordId}]`]: 'self' };
    await person.submit('/register', form);
    await createTestRecord('open@overview.example', { batch: 2001 });
    await createTestInvitation('open@overview.example');
    await queryRows(
      `update invitations set expires_at = now() + interval '20 hours' where email = 'open@overview.example'`,
    );
    await createTestInvitation('later@overview.example');
    await expireInvitation((await createTestInvitation('late@overview.example')).invitation.id);
    await revoke((await createTestInvitation('gone@overview.example')).invitation.id, null, {
      kind: 'system',
    });
    await runJobs();
    await queryRows(
      `update messages set sent_at = null, bounced_at = now() where recipient = 'later@overview.example' returning id`,
    );
  });

  it('shows exact figures', async () => {
    await admin.open('/admin');
    expect(figures(admin)).toEqual({
      'Total sent': '3',
      Pending: '2',
      Accepted: '1',
      'Acceptance rate': '33.3%',
      'Expiring within 24 hours': '1',
      Bounced: '1',
      'Waiting for consent': '0',
      'Held for review': '0',
      Unmatched: '0',
    });
  });

  it('links each figure to a list of the same length', async () => {
    for (const view of [
      '/admin',
      '/admin?period=30',
      '/admin?batch=2001',
      '/admin?center=Harbour&period=7',
    ]) {
      await support.open(view);
      const figuresShown = figures(support);
      const links = Object.keys(figuresShown).map((label) => [label, listUrlOf(support, label)] as const);
      for (const [label, url] of links.filter(([name]) => name !== 'Acceptance rate')) {
        const page = await support.open(url);
        expect(page.status).toBe(200);
        const listCount = page.$('.count').text().trim().split(' ')[0] || '0';
        expect([view, label, listCount]).toEqual([view, label, figuresShown[label]]);
      }
    }
  });

  it('shows funnel, registrations, batches and centers as tables', async () => {
    await admin.open('/admin');
    expect(tableOf(admin, 'funnel')).toEqual([
      ['Invited', '5', '100%'],
      ['Sent', '3', '60%'],
      ['Opened', '1', '20%'],
      ['Registered', '1', '20%'],
    ]);
    expect(tableOf(admin, 'registrations').map(([, registered]) => registered)).toContain('1');
    expect(tableOf(admin, 'batches')).toEqual([
      ['1999', '1', '1', '100%'],
      ['2001', '1', '0', '0%'],
      ['Batch not known', '1', '0', '0%'],
    ]);
    expect(tableOf(admin, 'centers')).toContainEqual(['Harbour', '2', '1', '50%']);
  });

  it('filters by period, batch and center', async () => {
    await admin.open('/admin?period=7');
    expect(figures(admin)['Total sent']).toBe('3');
    expect(tableOf(admin, 'registrations')).toHaveLength(7);
    await admin.open('/admin?batch=1999&center=Harbour');
    expect(figures(admin)).toMatchObject({ 'Total sent': '1', 'Acceptance rate': '100%', Pending: '0' });
    await admin.open('/admin?from=1999-01-01&to=1999-12-31');
    expect(figures(admin)).toMatchObject({ 'Total sent': '0', 'Acceptance rate': '–' });
    expect(admin.page.text).toContain('There’s nothing to show for this period');
  });

  it('caches the figures for a minute', async () => {
    const before = figures({ page: await admin.open('/admin?center=Harbour') } as Visitor);
    await createTestRecord('another@overview.example', { batch: 2001 });
    await createTestInvitation('another@overview.example');
    await admin.open('/admin?center=Harbour');
    expect(figures(admin)).toEqual(before);
    clearOverviewCache();
    await admin.open('/admin?center=Harbour');
    expect(Number(figures(admin).Pending)).toBe(Number(before.Pending) + 1);
    await queryRows(`delete from invitations where email = 'another@overview.example' returning id`);
    clearOverviewCache();
  });

  it.each([
    '?period=8',
    '?batch=abc',
    '?from=2026-13-45&to=x',
    '?center=',
    '?from=2026-02-02&to=2020-01-01',
    '?period=7&period=9',
  ])('accepts the invalid query %s', async (query) => {
    expect((await admin.open(`/admin${query}`)).status).toBe(200);
  });

  it('lists what is waiting for staff', async () => {
    await queryRows(
      `update messages set sent_at = null, failed_at = now() where recipient = 'open@overview.example' returning id`,
    );
    const requester = newVisitor();
    await requester.open('/register/new-link');
    await requester.submit('/register/new-link', { email: 'unknown@overview.example' });
    const page = await support.open('/admin');
    expect(page.text).toContain('1 person is waiting for an answer');
    expect(page.text).toContain('unknown@overview.example');
    expect(page.text).toContain('1 e-mail couldn’t be sent');
    expect(page.text).toContain('Find out why, then send it again.');
  });
});

describe('minors awaiting consent', () => {
  it('are counted and listed while they need consent', async () => {
    const year = new Date().getUTCFullYear();
    const person = newVisitor();
    const recordId = await createTestRecord('young@overview.example', {
      yearOfBirth: year - 16,
      batch: 2025,
    });
    await person.open((await createTestInvitation('young@overview.example')).url);
    await person.submit('/register', {
      name: 'Young Amma',
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      guardianName: 'Gita Guardian',
      guardianEmail: 'gita@overview.example',
    });
    await support.open('/admin?batch=2025');
    expect(figures(support)['Waiting for consent']).toBe('1');
    const page = await support.open(listUrlOf(support, 'Waiting for consent'));
    expect(page.text).toContain('1 young person');
    expect(page.text).toContain('Gita Guardian, gita@overview.example');
    await queryRows('update alumni_members set year_of_birth = $2 where id = $1 returning id', [
      recordId,
      year - 30,
    ]);
    clearOverviewCache();
    await support.open('/admin?batch=2025');
    expect(figures(support)['Waiting for consent']).toBe('0');
  });
});
