import { beforeAll, describe, expect, it } from 'vitest';
import { findOpenInvitation, getInvitation, type Invitation } from '../../src/invitations/invitation.ts';
import { addDays } from '../../src/invitations/period.ts';
import { dayOf } from '../../src/platform/i18n/dates.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  expireInvitation,
  latestMail,
  linkInMail,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';

let admin: Visitor;
let support: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
});

const inviteBy = async (visitor: Visitor, fields: Record<string, string>) => {
  await visitor.open('/admin/invitations/new');
  return visitor.submit('/admin/invitations', fields);
};

describe('inviting one person', () => {
  it('mails a link that is valid for seven days', async () => {
    const page = await inviteBy(admin, { email: ' New.Person@EXAMPLE.org ', message: 'Welcome back' });
    expect(page.path).toMatch(/^\/admin\/invitations\/\d+$/);
    expect(page.text).toContain('You’ve invited New.Person@example.org');
    const mail = await latestMail('New.Person@example.org');
    expect(mail.text).toContain('> Welcome back');
    expect((await newVisitor().open(linkInMail(mail))).text).toContain('admin of the office has invited you');
    const invitation = await findOpenInvitation('new.person@example.org');
    const { createdAt, expiresAt } = invitation as Invitation;
    expect(dayOf(expiresAt)).toBe(addDays(dayOf(createdAt), 7));
    expect(expiresAt.toISOString()).toMatch(/T23:59:59\.999Z$/);
    expect(invitation?.email).toBe('New.Person@example.org');
    expect((await admin.open(page.path)).text).toContain('Invitation e-mail: sent');
  });

  it('shows a shared link once, and sends no mail', async () => {
    const page = await inviteBy(admin, { email: 'by-hand@example.org', delivery: 'link' });
    const link = String(page.$('#invitation-link').val());
    expect(link).toMatch(/\/register\?token=[A-Za-z0-9_-]{66}$/);
    expect((await newVisitor().open(link)).text).toContain('Is this your e-mail address?');
    expect((await admin.open(page.path)).html).not.toContain(link);
    expect(await queryRows(`select 1 from messages where recipient = 'by-hand@example.org'`)).toHaveLength(0);
  });

  it.each([
    ['email', { email: 'not an address' }],
    ['email', { email: '' }],
    ['email', { email: '"quoted part"@example.org' }],
    ['validityDays', { email: 'a@example.org', validityDays: '0' }],
    ['validityDays', { email: 'a@example.org', validityDays: '91' }],
    ['validityDays', { email: 'a@example.org', validityDays: '1e11e1' }],
    ['message', { email: 'a@example.org', message: 'x'.repeat(2001) }],
    ['delivery', { email: 'a@example.org', delivery: 'pigeon' }],
    ['staffRole', { email: 'a@example.org', staffRole: 'owner' }],
    ['groupId', { email: 'a@example.org', groupId: '1' }],
  ])('refuses in the field %s: %o', async (field, typed) => {
    const page = await inviteBy(admin, typed as Record<string, string>);
    expect(page.status).toBe(422);
    expect(page.$(`[role=alert] a[href="#${field}"]`).length).toBe(1);
    if (field !== 'message') expect(page.$('[name=email]').val()).toBe(typed.email);
    expect(await findOpenInvitation('a@example.org')).toBeNull();
  });

  it('accepts 1 and 90 days', async () => {
    for (const [email, validityDays] of [
      ['one@example.org', '1'],
      ['ninety@example.org', '90'],
    ] as const) {
      await inviteBy(admin, { email, validityDays });
      expect((await findOpenInvitation(email))?.validityDays).toBe(Number(validityDays));
    }
  });

  it('warns about an open invitation, and replaces it on request', async () => {
    const first = await createTestInvitation('twice@example.org');
    const warned = await inviteBy(admin, { email: 'TWICE@example.org', message: 'kept' });
    expect(warned.status).toBe(409);
    expect(warned.text).toContain('that invitation is still open');
    expect(warned.$('[name=message]').val()).toBe('kept');
    const page = await admin.submit('/admin/invitations', { email: 'twice@example.org', replace: 'yes' });
    expect(page.path).toMatch(/\d+$/);
    expect((await newVisitor().open(first.url)).text).toContain('This invitation is no longer valid');
    const replaced = await getInvitation(first.invitation.id);
    expect(replaced.replacedBy).not.toBeNull();
    expect(replaced.revokedReason).toContain('Replaced');
  });

  it('always refuses an unsubscribed address', async () => {
    const { url } = await createTestInvitation('leave-me@example.org');
    const person = newVisitor();
    await person.open(url);
    await person.open('/register/decline');
    expect((await person.submit('/register/decline', {})).status).toBe(422);
    await person.submit('/register/decline', { reason: 'stop' });
    expect((await inviteBy(admin, { email: 'leave-me@example.org' })).text).toContain(
      'asked us to stop writing',
    );
    const again = { email: 'leave-me@example.org', replace: 'yes', override: 'declined,unsubscribed' };
    expect((await admin.submit('/admin/invitations', again)).status).toBe(409);
    expect(await findOpenInvitation('leave-me@example.org')).toBeNull();
  });

  it('creates one invitation from twenty concurrent requests', async () => {
    await admin.open('/admin/invitations/new');
    const fields = { ...admin.fieldsOf('/admin/invitations'), email: 'rush@example.org' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admin.post('/admin/invitations', fields)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      303,
      ...Array.from({ length: 19 }, () => 409),
    ]);
    const open = await queryRows(`select 1 from invitations where email = 'rush@example.org'`);
    expect(open).toHaveLength(1);
    const mails = await queryRows(`select 1 from messages where recipient = 'rush@example.org'`);
    expect(mails).toHaveLength(1);
  });
});

describe('single invitation', () => {
  it('is resent by support with a new link, which supersedes the older one', async () => {
    const { invitation, url } = await createTestInvitation('resend@example.org');
    await expireInvitation(invitation.id);
    await support.open(`/admin/invitations/${invitation.id}`);
    const page = await support.submit(`/admin/invitations/${invitation.id}/resends`);
    expect(page.text).toContain('A new link is on its way to resend@example.org');
    expect((await newVisitor().open(url)).text).toContain('A newer link was sent on');
    expect((await newVisitor().open(linkInMail(await latestMail('resend@example.org')))).status).toBe(200);
    expect((await getInvitation(invitation.id)).status).toBe('pending');
    expect((await support.open(`/admin/invitations/${invitation.id}`)).text).toContain(
      'By support of the office.',
    );
  });

  it('is revoked with a reason that only staff see', async () => {
    const { invitation, url } = await createTestInvitation('undo@example.org');
    await admin.open(`/admin/invitations/${invitation.id}/revocation`);
    const page = await admin.submit(`/admin/invitations/${invitation.id}/revocation`, {
      reason: 'wrong <b>person</b>',
    });
    expect(page.text).toContain('wrong <b>person</b>');
    const opened = await newVisitor().open(url);
    expect(opened.status).toBe(410);
    expect(opened.text).not.toContain('person');
    const again = await admin.post(`/admin/invitations/${invitation.id}/resends`, {});
    expect(again.status).toBe(409);
    expect(again.text).toContain('revoked on');
  });

  it('can’t be revoked or resent once it is accepted', async () => {
    const { invitation, url } = await createTestInvitation('done@example.org');
    const person = newVisitor();
    await person.open(url);
    await person.submit('/register', { name: 'Done', password: validPassword });
    await admin.open('/admin/invitations/new');
    for (const act of ['revocation', 'resends']) {
      const answer = await admin.post(`/admin/invitations/${invitation.id}/${act}`, {});
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(/accepted on \d+ \w+ \d{4}/);
    }
    expect((await getInvitation(invitation.id)).status).toBe('accepted');
  });

  it.each(['0', '999999999', '99999999999999999999', 'abc', '1;drop', '-1', '%00'])(
    'returns 400 or 404 for the id %s',
    async (id) => {
      const answer = await admin.agent.get(`/admin/invitations/${id}`);
      expect([400, 404]).toContain(answer.status);
    },
  );
});

describe('list', () => {
  beforeAll(async () => {
    for (let index = 0; index < 60; index += 1)
      await createTestInvitation(`list-${String(index).padStart(2, '0')}@paging.example.org`);
  });

  const addresses = (visitor: Visitor) => columnTexts(visitor.page, 'Address');

  it('shows 25 per page, forwards and back, without gaps or duplicates', async () => {
    await admin.open('/admin/invitations?q=@paging&sort=address');
    const seen: string[][] = [addresses(admin)];
    for (
      let next = admin.page.$('a[rel=next]').attr('href');
      next;
      next = admin.page.$('a[rel=next]').attr('href')
    ) {
      await admin.open(next);
      seen.push(addresses(admin));
    }
    expect(seen.map((page) => page.length)).toEqual([25, 25, 10]);
    expect(seen.flat()).toEqual(
      Array.from({ length: 60 }, (_, index) => `list-${String(index).padStart(2, '0')}@paging.example.org`),
    );
    await admin.open(admin.page.$('a[rel=prev]').attr('href') ?? '');
    expect(addresses(admin)).toEqual(seen[1]);
    await admin.open(admin.page.$('a[rel=prev]').attr('href') ?? '');
    expect(addresses(admin)).toEqual(seen[0]);
    expect(admin.page.$('a[rel=prev]').length).toBe(0);
  });

  it.each(['sent', '-sent', 'expires', '-expires', 'status', '-status', '-address'])(
    'pages through every invitation by %s',
    async (sort) => {
      await admin.open(`/admin/invitations?sort=${sort}`);
      const seen = addresses(admin);
      for (
        let next = admin.page.$('a[rel=next]').attr('href');
        next;
        next = admin.page.$('a[rel=next]').attr('href')
      ) {
        await admin.open(next);
        seen.push(...addresses(admin));
      }
      const all = await queryRows<{ email: string }>('select id, email from invitations');
      expect(seen.sort()).toEqual(all.map(({ email }) => email).sort());
    },
  );

  it('filters by status and searches by part of an address', async () => {
    const { invitation } = await createTestInvitation('findme%odd_one@example.org');
    await expireInvitation(invitation.id);
    await admin.open('/admin/invitations?status=expired&q=%25odd_');
    expect(addresses(admin)).toEqual(['findme%odd_one@example.org']);
    await admin.open(`/admin/invitations?q=${invitation.reference.toLowerCase()}`);
    expect(addresses(admin)).toEqual(['findme%odd_one@example.org']);
    await admin.open('/admin/invitations?q=no-such-address');
    expect(admin.page.text).toContain('No invitations match');
  });

  it.each([
    '?after=nonsense',
    '?after=WyJhIiwiYiJd',
    `?after=${Buffer.from('["2026-01-01 00:00:00+00","x"]').toString('base64url')}`,
    '?before=&after=',
    '?status=owner&sort=sideways',
    '?q[]=a&sort[]=b',
    '?q=a&q=b',
  ])('accepts the invalid query %s', async (query) => {
    expect((await admin.open(`/admin/invitations${query}`)).status).toBe(200);
  });
});

describe('permissions', () => {
  it('don’t let support create, revoke or see links', async () => {
    const { invitation } = await createTestInvitation('guarded@example.org');
    await support.open(`/admin/invitations/${invitation.id}`);
    expect(support.page.$('a[href$="/revocation"], input[value=link]').length).toBe(0);
    const forms: [string, Record<string, string>][] = [
      ['/admin/invitations', { email: 'x@example.org' }],
      [`/admin/invitations/${invitation.id}/revocation`, {}],
      [`/admin/invitations/${invitation.id}/resends`, { delivery: 'link' }],
    ];
    for (const [action, fields] of forms)
      expect((await support.post(action, { ...fields })).status).toBe(403);
    for (const path of ['/admin/invitations/new', `/admin/invitations/${invitation.id}/revocation`]) {
      expect((await support.agent.get(path)).status).toBe(403);
    }
    expect((await getInvitation(invitation.id)).status).toBe('pending');
  });

  it.each([
    '/admin',
    '/admin/',
    '/ADMIN/Invitations/',
    '/admin/invitations',
    '/admin/invitations/new',
    '/admin/invitations/1',
    '/admin/nothing',
  ])('only let staff open %s', async (path) => {
    expect((await newVisitor().agent.get(path)).headers.location).toMatch(/^\/sign-in\?returnTo=/);
    const email = `plain${path.replaceAll('/', '-')}@example.org`;
    await createTestAccount(email);
    const member = newVisitor();
    await member.signIn(email, validPassword);
    expect((await member.agent.get(path)).status).toBe(403);
  });

  it('end with the next request after a role is removed', async () => {
    const email = 'demoted@example.org';
    await createTestAccount(email, 'admin');
    const visitor = newVisitor();
    await visitor.signIn(email, validPassword);
    expect((await visitor.open('/admin/invitations/new')).status).toBe(200);
    await queryRows(`update accounts set staff_role = 'support' where email = $1`, [email]);
    expect((await visitor.open('/admin/invitations/new')).path).toMatch(/^\/sign-in/);
  });
});

describe('audit events', () => {
  it('exist for every change, and can’t be changed or deleted', async () => {
    const { invitation } = await createTestInvitation('audited@example.org');
    await admin.open(`/admin/invitations/${invitation.id}`);
    await admin.submit(`/admin/invitations/${invitation.id}/resends`);
    await admin.open(`/admin/invitations/${invitation.id}/revocation`);
    await admin.submit(`/admin/invitations/${invitation.id}/revocation`, { reason: '' });
    const events = await queryRows<{ action: string; actor: string }>(
      `select action, actor from audit_events where subject_type = 'invitation' and subject_id = $1 order by id`,
      [invitation.id],
    );
    expect(events).toEqual([
      { action: 'invitation.created', actor: 'command' },
      { action: 'invitation.resent', actor: 'account' },
      { action: 'invitation.revoked', actor: 'account' },
    ]);
    for (const statement of [
      'update audit_events set action = action',
      'delete from audit_events',
      'truncate audit_events',
    ]) {
      await expect(queryRows(statement)).rejects.toThrow('append-only');
    }
  });
});
