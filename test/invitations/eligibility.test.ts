import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { inviteAddress } from '../../src/commands.ts';
import { createGroup } from '../../src/groups/group.ts';
import {
  checkEligibility,
  type ReasonName,
  reasonNames,
  severities,
  warningNames,
} from '../../src/invitations/eligibility/eligibility.ts';
import { findOpenInvitation } from '../../src/invitations/invitation.ts';
import { requestNewLink } from '../../src/invitations/requests/invitation-request.ts';
import { listActiveSuppressions, suppress } from '../../src/platform/mail/suppressions.ts';
import { ApiClient } from '../api/api-client.ts';
import { createMember, signInAs } from '../groups/group-fixtures.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  newVisitor,
  runJobs,
  signInStaff,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import type { Visitor } from '../support/visitor.ts';
import { addressFor, addressWith, namesOf, situations } from './situations.ts';

type Wish = Readonly<{ email: string; groupId?: string; override?: readonly string[]; replace?: boolean }>;
type Answer = Readonly<{ invited: boolean; said: string; names?: readonly string[] }>;
/** One way to invite somebody. */
type Entry = (wish: Wish) => Promise<Answer>;

const system = { kind: 'system' } as const;
const blocked = reasonNames.filter((name) => severities[name] === 'blocked');
const infos = reasonNames.filter((name) => severities[name] === 'info');

let admin: Visitor;
let support: Visitor;
let client: ApiClient;
let groupId: string;

beforeAll(async () => {
  admin = await signInStaff('admin');
  support = await signInStaff('support');
  client = await ApiClient.signIn('admin@example.org');
  groupId = (await createGroup({ name: 'Eligible Chapter', description: '' }, system)).id;
});

const messageTo = async (email: string) =>
  (await queryRow<{ id: string }>('select id from messages where recipient = $1', [email]))?.id ?? '';

/** Into the group where the reason is about that, else just to register. */
const into = (name: ReasonName) => (name === 'member' ? { groupId } : {});
const stops = async (email: string, place: { groupId?: string }) => {
  const [reasons = []] = await checkEligibility([{ email, ...place }]);
  return namesOf(reasons.filter(({ severity }) => severity !== 'info'));
};
const overridden = async (email: string) => {
  const made = await findOpenInvitation(email);
  const event = await queryRow<{ detail: { override?: string[] } }>(
    `select detail from audit_events where action = 'invitation.created' and subject_id = $1`,
    [made?.id],
  );
  return event?.detail.override;
};

const entries: Readonly<Record<string, Entry>> = {
  async 'the form'({ email, groupId: group = '', override = [], replace = false }) {
    await admin.open('/admin/invitations/new');
    const fields = { email, groupId: group, override: [...override], ...(replace && { replace: 'yes' }) };
    const page = await admin.postAndFollow('/admin/invitations', fields);
    expect([200, 409]).toContain(page.status);
    return { invited: page.status === 200, said: page.$('.warning').text() };
  },
  async 'the API'({ email, groupId: group, override, replace }) {
    const { status, body } = await client.post('/api/v1/invitations', {
      email,
      ...(group && { group_id: Number(group) }),
      ...(override && { override }),
      ...(replace && { replace }),
    });
    expect([201, 409]).toContain(status);
    return { invited: status === 201, said: body.detail ?? '', names: namesOf(body.reasons ?? []) };
  },
  async 'the bulk API'({ email, groupId: group, override, replace }) {
    const one = {
      email,
      ...(group && { group_id: Number(group) }),
      ...(override && { override }),
      ...(replace && { replace }),
    };
    const { body } = await client.post('/api/v1/invitations/bulk', { invitations: [one] });
    const [{ result, reason, reasons }] = body.results;
    return { invited: result === 'invited', said: reason ?? '', names: namesOf(reasons) };
  },
  async 'the command line'({ email, override = [], replace = false }) {
    const told = await inviteAddress(email, { override: override.join(','), replace }).catch(
      (error: Error) => error,
    );
    return told instanceof Error ? { invited: false, said: told.message } : { invited: true, said: told };
  },
};
const table = Object.keys(entries).flatMap((entry) =>
  reasonNames
    .filter((name) => name !== 'member' || entry !== 'the command line')
    .map((name) => [entry, name] as const),
);
const enter = (entry: string, wish: Wish) => {
  const way = entries[entry];
  if (!way) throw new Error(`there is no entry ${entry}`);
  return way(wish);
};

describe('every reason, at every entry point', () => {
  it.each(table.filter(([, name]) => severities[name] === 'blocked'))(
    '%s refuses %s, whatever is overridden',
    async (entry, name) => {
      const email = await addressWith([name], groupId);
      for (const more of [{}, { override: warningNames, replace: true }]) {
        const answer = await enter(entry, { email, ...more });
        expect(answer.invited).toBe(false);
        expect(answer.said).toMatch(situations[name].says);
        expect(answer.said).not.toContain('--override');
        expect(answer.names ?? [name]).toContain(name);
      }
      expect(await findOpenInvitation(email)).toBeNull();
    },
  );

  it.each(table.filter(([, name]) => severities[name] === 'warning'))(
    '%s asks about %s, and takes an override that names it',
    async (entry, name) => {
      const email = await addressWith([name], groupId);
      const names = await stops(email, into(name));
      expect(names).toContain(name);
      const before = await findOpenInvitation(email);
      const others = warningNames.filter((other) => other !== name && other !== 'open');
      for (const override of [[], others]) {
        const answer = await enter(entry, { email, ...into(name), override });
        expect(answer.invited).toBe(false);
        expect(answer.said).toMatch(situations[name].says);
        expect(answer.names ?? names).toEqual(names);
      }
      expect((await findOpenInvitation(email))?.id).toBe(before?.id);
      expect((await enter(entry, { email, ...into(name), override: names })).invited).toBe(true);
      expect(await overridden(email)).toEqual(names);
    },
  );

  it.each(table.filter(([, name]) => severities[name] === 'info'))(
    '%s invites in spite of %s',
    async (entry, name) => {
      const email = await addressWith([name], groupId);
      expect((await enter(entry, { email })).invited).toBe(true);
      expect(await overridden(email)).toBeUndefined();
    },
  );

  it.each(Object.keys(entries))(
    '%s lets “replace” stand for an open invitation, and for nothing else',
    async (entry) => {
      const open = await addressWith(['open']);
      expect((await enter(entry, { email: open, replace: true })).invited).toBe(true);
      const both = await addressWith(['declined', 'open']);
      const answer = await enter(entry, { email: both, replace: true });
      expect(answer.invited).toBe(false);
      expect(answer.said).toMatch(situations.declined.says);
      expect((await enter(entry, { email: both, replace: true, override: ['declined'] })).invited).toBe(true);
    },
  );

  it.each(Object.keys(entries))('%s names all of several reasons, the most serious first', async (entry) => {
    const email = await addressWith(['inactive', 'bounced', 'declined', 'complained']);
    const answer = await enter(entry, { email, override: ['declined'] });
    expect(answer.names ?? []).toEqual(answer.names ? ['complained', 'bounced', 'declined', 'inactive'] : []);
    expect(answer.said).toMatch(/reported our mail as spam.*was refused.*declined.*inactive/s);
  });

  it.each(Object.keys(entries))('%s asks again when something new has come up', async (entry) => {
    const email = await addressWith(['declined']);
    await situations.inactive.make(email, '');
    const answer = await enter(entry, { email, override: ['declined'] });
    expect(answer.invited).toBe(false);
    expect((await enter(entry, { email, override: ['declined', 'inactive'] })).invited).toBe(true);
  });
});

it('tells a command how to go on, or that nothing helps', async () => {
  const open = await enter('the command line', { email: await addressWith(['open']) });
  expect(open.said).toContain('--replace');
  const two = await addressWith(['declined', 'inactive']);
  const told = await enter('the command line', { email: two, override: ['declined'] });
  expect(told.said).toContain('use --override declined,inactive');
  await expect(inviteAddress(two, { override: 'bounced' })).rejects.toThrow('takes warning names');
});

it('lets a form go on with everything it shows, also when a new reason comes up', async () => {
  const email = await addressWith(['declined']);
  await admin.open('/admin/invitations/new');
  await admin.submit('/admin/invitations', { email });
  await situations.inactive.make(email, '');
  const again = await admin.submit('/admin/invitations', { override: 'declined' });
  expect(again.status).toBe(409);
  const offered = String(again.$('[name=override]').attr('value'));
  expect((await admin.submit('/admin/invitations', { override: offered })).text).toContain(
    `${email} is invited.`,
  );
});

describe('the preview', () => {
  it.each(reasonNames)('says that an address is “%s”', async (name) => {
    const email = await addressWith([name], groupId);
    const asked = new URLSearchParams({ email: email.toUpperCase(), ...into(name) });
    const answer = await admin.agent.get(`/admin/invitations/preview?${asked}`).set('HX-Request', 'true');
    expect(answer.text.replace(/\s+/g, ' ')).toMatch(situations[name].says);
    expect(answer.text.includes('Ready to invite')).toBe(severities[name] === 'info');
  });
});

describe('an invitation request', () => {
  const approve = async (name: ReasonName) => {
    const email = await addressWith([name]);
    const [request] = await queryRows<{ id: string }>(
      `insert into invitation_requests (email) values ($1) returning id`,
      [email],
    );
    const page = await admin.open(`/admin/requests/${request?.id}`);
    const path = `/admin/requests/${request?.id}/approval`;
    const fields = page.$(`form[action="${path}"]`).length > 0 ? admin.fieldsOf(path) : {};
    return { email, page, answer: await admin.post(path, fields) };
  };

  it.each(blocked.filter((name) => name !== 'unsubscribed'))('of “%s” can’t be approved', async (name) => {
    const { email, page, answer } = await approve(name);
    expect(page.$(`form[action$="/approval"]`)).toHaveLength(0);
    expect(answer.status).toBe(409);
    expect(await findOpenInvitation(email)).toBeNull();
  });

  it('of somebody who unsubscribed asks us to write again', async () => {
    const { email, answer } = await approve('unsubscribed');
    expect(answer.status).toBe(303);
    expect(await listActiveSuppressions(email)).toEqual([]);
    expect(await findOpenInvitation(email)).not.toBeNull();
  });

  it.each(['declined', 'age-blocked', 'inactive', 'typo'] as const)(
    'of “%s” is approved with what was shown, and records that',
    async (name) => {
      const { email, answer } = await approve(name);
      expect(answer.status).toBe(303);
      expect(await overridden(email)).toEqual([name]);
    },
  );

  it('is not approved with a warning that was not shown', async () => {
    const email = await addressWith(['several-records']);
    const [request] = await queryRows<{ id: string }>(
      `insert into invitation_requests (email) values ($1) returning id`,
      [email],
    );
    await admin.open(`/admin/requests/${request?.id}`);
    await situations.declined.make(email, '');
    const answer = await admin.submit(`/admin/requests/${request?.id}/approval`);
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(situations.declined.says);
    expect(await findOpenInvitation(email)).toBeNull();
  });
});

describe('an owner’s wish to invite into a group', () => {
  const known: readonly ReasonName[] = ['suspended', 'account', 'member', 'minor', 'several-records'];
  const expected: Partial<Record<ReasonName, string>> = {
    open: 'added',
    account: 'invited',
    member: 'already-member',
    minor: 'invited',
    'several-records': 'invited',
    revoked: 'invited',
    'no-record': 'not-on-file',
  };

  it.each(reasonNames)('is answered as designed for “%s”', async (name) => {
    const owner = await createMember(groupId, 'owner');
    const email = await addressWith([name], groupId);
    if (![...known, 'no-record', 'deceased', 'inactive'].includes(name)) await createTestRecord(email);
    const visitor = await signInAs(owner);
    await visitor.open(`/groups/${groupId}/invitations/new`);
    const page = await visitor.submit(`/groups/${groupId}/invitations`, { email, role: 'member' });
    expect(page.text).not.toMatch(situations[name].says);
    await runJobs();
    const request = await queryRow<{ outcome: string }>(
      `select outcome from group_invitation_requests where email = $1`,
      [email],
    );
    const nobody = name === 'deceased' || name === 'inactive' ? 'not-on-file' : 'refused';
    expect(request?.outcome).toBe(expected[name] ?? nobody);
  });
});

it('adds no place in a group to an open invitation of an address that is blocked', async () => {
  const owner = await createMember(groupId, 'owner');
  const email = await addressWith(['open', 'complained']);
  await createTestRecord(email);
  const visitor = await signInAs(owner);
  await visitor.open(`/groups/${groupId}/invitations/new`);
  await visitor.submit(`/groups/${groupId}/invitations`, { email, role: 'member' });
  await runJobs();
  const request = await queryRow<{ outcome: string }>(
    `select outcome from group_invitation_requests where email = $1`,
    [email],
  );
  expect(request?.outcome).toBe('refused');
  expect((await findOpenInvitation(email))?.groupId).toBeNull();
});

describe('sending again', () => {
  const openWith = async (name: ReasonName) => {
    const email = addressFor([name]);
    const { invitation } = await createTestInvitation(email);
    await situations[name].make(email, groupId);
    await queryRows(
      `update invitation_links set created_at = now() - interval '1 hour' where invitation_id = $1`,
      [invitation.id],
    );
    return { id: invitation.id, email };
  };
  const mailsTo = async (email: string) =>
    (await queryRows('select 1 from messages where recipient = $1', [email])).length;

  it.each(blocked)('is refused for “%s”, with the reason', async (name) => {
    const { id, email } = await openWith(name);
    await admin.open(`/admin/invitations/${id}`);
    const page = await admin.postAndFollow(`/admin/invitations/${id}/resends`, { delivery: 'mail' });
    expect(page.status).toBe(409);
    expect(page.text).toMatch(situations[name].says);
    expect((await client.post(`/api/v1/invitations/${id}/resends`)).status).toBe(409);
    expect(await mailsTo(email)).toBe(1);
  });

  it('of many leaves out those that are blocked', async () => {
    const all = [];
    for (const name of blocked) all.push(await openWith(name));
    const fine = await openWith('several-records');
    const ids = [...all, fine].map(({ id }) => `id=${id}`).join('&');
    await support.open(`/admin/bulk-actions/resends?${ids}`);
    const page = await support.submit('/admin/bulk-actions/resends');
    expect(page.text).toContain(`1 invitation is sent again. ${blocked.length} were left out.`);
    expect(page.text).toContain(`${blocked.length} can’t be written to`);
    expect(await Promise.all(all.map(({ email }) => mailsTo(email)))).toEqual(blocked.map(() => 1));
    expect(await mailsTo(fine.email)).toBe(2);
  });
});

describe('correcting the address of an invitation', () => {
  it.each(blocked)('to one that is “%s” is refused, whatever is overridden', async (name) => {
    const { invitation } = await createTestInvitation(addressFor([]));
    const email = await addressWith([name]);
    await admin.open(`/admin/invitations/${invitation.id}`);
    const page = await admin.postAndFollow(`/admin/invitations/${invitation.id}/address`, {
      email: email.toUpperCase(),
      override: [...warningNames],
    });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(situations[name].says);
  });
});

describe('correcting to an address with a warning', () => {
  it('asks first, and records what was overridden and nothing else', async () => {
    const { invitation } = await createTestInvitation(addressFor([]));
    const email = await addressWith(['declined']);
    const path = `/admin/invitations/${invitation.id}/address`;
    await admin.open(path);
    const asked = await admin.submit(path, { email });
    expect(asked.status).toBe(422);
    expect(asked.text).toMatch(situations.declined.says);
    const done = await admin.submit(path, { override: String(asked.$('[name=override]').attr('value')) });
    expect(done.text).toContain(`The invitation goes to ${email} now`);
    const event = await queryRow<{ detail: object }>(
      `select detail from audit_events where action = 'invitation.address-corrected' and subject_id = $1`,
      [invitation.id],
    );
    expect(event?.detail).toEqual({ override: ['declined'] });
  });
});

describe('many addresses at once', () => {
  // Each is possible together with any other. What follows from records is left out: one record changes another's reason.
  const free = reasonNames.filter(
    (name) =>
      !['deceased', 'inactive', 'minor', 'several-records', 'no-record', 'member', 'revoked'].includes(name),
  );

  it('get the same reasons as each alone, the most serious first, in any combination', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.subarray([...free]), { minLength: 1, maxLength: 6 }), async (sets) => {
        const emails: string[] = [];
        for (const names of sets) {
          const email = await addressWith(names);
          await createTestRecord(email);
          emails.push(email);
        }
        const together = await checkEligibility(emails.map((email) => ({ email })));
        const alone = await Promise.all(emails.map((email) => checkEligibility([{ email }])));
        expect(together).toEqual(alone.map(([reasons]) => reasons));
        const loud = await checkEligibility(emails.map((email) => ({ email: email.toUpperCase() })));
        expect(loud.map(namesOf)).toEqual(together.map(namesOf));
        for (const [index, reasons] of together.entries()) {
          const names = sets[index] ?? [];
          const all = new Set<string>([...names, ...names.flatMap((name) => situations[name].implies ?? [])]);
          expect(namesOf(reasons)).toEqual(reasonNames.filter((name) => all.has(name)));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('are looked up whatever there is of them', async () => {
    expect(await checkEligibility([])).toEqual([]);
    const [one, two] = await checkEligibility([{ email: 'twin@example.org' }, { email: 'TWIN@example.org' }]);
    expect(one).toEqual(two);
    expect(infos).toContain(one?.[0]?.name);
  });
});

it('sends a new link that the person asks for even to an address that bounced, and then writes to it again', async () => {
  const email = addressFor([]);
  await createTestInvitation(email);
  await runJobs();
  await suppress([{ email, kind: 'bounced', messageId: await messageTo(email) }], system);
  await requestNewLink(email);
  await runJobs();
  expect(await capturedMailsTo(email)).toHaveLength(2);
  expect(await listActiveSuppressions(email)).toEqual([]);
  await suppress([{ email, kind: 'unsubscribed' }], system);
  await requestNewLink(email);
  await runJobs();
  expect(await capturedMailsTo(email)).toHaveLength(2);
});

it('follows what happens between looking and inviting', async () => {
  const email = await addressWith(['several-records']);
  await admin.open(`/admin/invitations/new?${new URLSearchParams({ email })}`);
  expect(admin.page.text).toContain('Ready to invite');
  await suppress([{ email: email.toUpperCase(), kind: 'complained' }], system);
  expect((await admin.submit('/admin/invitations')).status).toBe(409);
  const [suppression] = await listActiveSuppressions(email);
  await admin.open(`/admin/suppressions/${suppression?.id}`);
  await admin.submit(`/admin/suppressions/${suppression?.id}/lift`, { reason: 'They called us' });
  await admin.open(`/admin/invitations/new?${new URLSearchParams({ email })}`);
  expect((await admin.submit('/admin/invitations')).text).toContain('is invited.');
});

it('blocks nobody who shares an address with somebody who has died', async () => {
  const email = await addressWith(['deceased']);
  await createTestRecord(email);
  const [reasons = []] = await checkEligibility([{ email }]);
  expect(namesOf(reasons)).toEqual([]);
});

it('does not ask for a guardian’s consent for somebody who is too young', async () => {
  const email = addressFor([]);
  await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 8 });
  const reasonsNow = async () => namesOf((await checkEligibility([{ email }]))[0] ?? []);
  expect(await reasonsNow()).toEqual(['age-blocked']);
  await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
  expect(await reasonsNow()).toEqual(['minor', 'several-records']);
});

it('forgets a refusal to be written to when the person changes their mind', async () => {
  const email = addressFor([]);
  const { url } = await createTestInvitation(email);
  const person = newVisitor();
  await person.open(url);
  await person.open('/register/decline');
  await person.submit('/register/decline', { reason: 'stop' });
  expect(await stops(email, {})).toEqual(['unsubscribed', 'declined']);
  await person.submit('/register/decline/undo');
  expect(await stops(email, {})).toEqual(['open']);
});
