import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Account, setPassword } from '../../src/accounts/account.ts';
import {
  changeStaffRole,
  reinstateAccount,
  signOutEverywhere,
  suspendAccount,
} from '../../src/accounts/administration.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { codeOf, memberWithAuthenticator, secretOnPage } from './authenticator.ts';

// Each round makes one change during many sign-ins. For more rounds: RACE_ROUNDS=100 npx vitest run test/accounts/session-state
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 5);
const LOOPS = 4;
const otherPassword = 'another quiet river';
const command = { kind: 'command' } as const;

type SignedIn = Readonly<{ visitor: Visitor; redirectedTo: string }>;

async function member(email: string, password = validPassword): Promise<Visitor> {
  if (!(await Account.findOne({ where: { email } }))) await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, password);
  return visitor;
}

/** Submits the sign-in form. @returns null if signing in fails */
async function trySignIn(fields: Record<string, string>): Promise<SignedIn | null> {
  const visitor = newVisitor();
  await visitor.open('/sign-in');
  const answer = await visitor.post('/sign-in', { ...visitor.fieldsOf('/sign-in'), ...fields });
  const { location = '/sign-in' } = answer.headers;
  return location === '/sign-in' ? null : { visitor, redirectedTo: location };
}

const isSignedIn = async ({ agent }: Visitor) => (await agent.get('/account')).status === 200;

async function countSignedIn(sessions: readonly SignedIn[]): Promise<number> {
  const answers = await Promise.all(sessions.map(({ visitor }) => isSignedIn(visitor)));
  return answers.filter(Boolean).length;
}

/** Signs in repeatedly, in four parallel loops, before, during and after a change. @returns the successful sign-ins */
async function signInAroundChange(
  change: () => Promise<unknown>,
  credentials: Record<string, string>,
): Promise<SignedIn[]> {
  const sessions: SignedIn[] = [];
  let isOver = false;
  const loop = async () => {
    while (!isOver) {
      const session = await trySignIn(credentials);
      if (session) sessions.push(session);
    }
  };
  const loops = Array.from({ length: LOOPS }, loop);
  await vi.waitFor(() => expect(sessions.length).toBeGreaterThan(0), { timeout: 20_000, interval: 5 });
  await change().finally(() => {
    isOver = true;
  });
  await Promise.all(loops);
  return sessions;
}

/** Signs in while a change happens between reading the account and starting the session. */
async function signInDuringChange(
  change: () => Promise<unknown>,
  credentials: Record<string, string>,
): Promise<SignedIn> {
  const read = Account.findOne.bind(Account);
  vi.spyOn(Account, 'findOne').mockImplementationOnce(async (options) => {
    const found = await read(options);
    await change();
    return found;
  });
  const session = await trySignIn(credentials);
  if (!session) throw new Error('the sign-in was refused');
  return session;
}

/** Makes a change after the next request has loaded its account, before it does anything. */
function changeDuringNextRequest(change: () => Promise<unknown>): void {
  const read = Account.findByPk.bind(Account);
  vi.spyOn(Account, 'findByPk').mockImplementationOnce(async (id) => {
    const found = await read(id);
    await change();
    return found;
  });
}

const choosePassword = async (id: string, password: string) => {
  const hash = await hashPassword(password);
  await inTransaction(() => setPassword(id, hash, command));
};
const turnOn = async (owner: Visitor) => {
  await owner.open('/account/two-step');
  expect((await owner.submit('/account/two-step', { code: codeOf(secretOnPage(owner)) })).status).toBe(200);
};
const turnOff = async (owner: Visitor) => {
  await owner.open('/account/two-step/turn-off');
  expect((await owner.submit('/account/two-step/turn-off')).text).toContain('Two-step sign-in is off');
};
const endOthers = async (owner: Visitor) => {
  await owner.open('/account/sessions');
  await owner.submit('/account/sessions/sign-out');
};

beforeEach(() => queryRows('delete from rate_limits'));
afterEach(() => {
  vi.restoreAllMocks();
});

describe('concurrent sign-ins don’t survive', () => {
  const rounds = (round: (number: number) => Promise<void>) => async () => {
    for (let number = 1; number <= ROUNDS; number += 1) {
      await queryRows('delete from rate_limits');
      await round(number);
    }
  };
  const time = 60_000 + ROUNDS * 10_000;

  it(
    'a new password',
    rounds(async (number) => {
      const email = 'changer@example.org';
      const passwords = [validPassword, otherPassword];
      const [before, after] = number % 2 ? passwords : passwords.reverse();
      if (!before || !after) throw new Error('two passwords');
      const owner = await member(email, before);
      await owner.open('/account/password');
      const fields = { currentPassword: before, password: after };
      const change = async () =>
        expect((await owner.submit('/account/password', fields)).text).toContain(
          'Your password has been changed.',
        );
      const sessions = await signInAroundChange(change, { email, password: before });
      expect(await countSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(owner)).toBe(true);
    }),
    time,
  );

  it(
    'a suspension, even after it is lifted',
    rounds(async () => {
      const email = 'suspended@example.org';
      await member(email);
      const { id } = await Account.findOne({ where: { email }, rejectOnEmpty: true });
      const admin = await signInStaff('admin');
      await admin.open(`/admin/people/${id}/suspension`);
      const change = () => admin.submit(`/admin/people/${id}/suspension`, { reason: 'A mistake' });
      const sessions = await signInAroundChange(change, { email, password: validPassword });
      await admin.open(`/admin/people/${id}`);
      await admin.submit(`/admin/people/${id}/reinstatement`);
      expect(await countSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(await member(email))).toBe(true);
      expect(await isSignedIn(admin)).toBe(true);
    }),
    time,
  );

  it(
    'a role change, even after the role is removed again',
    rounds(async () => {
      const email = 'promoted@example.org';
      await member(email);
      const { id } = await Account.findOne({ where: { email }, rejectOnEmpty: true });
      const admin = await signInStaff('admin');
      const changeRole = async (staffRole: string) => {
        await admin.open(`/admin/people/${id}/role`);
        expect((await admin.submit(`/admin/people/${id}/role`, { staffRole })).text).toContain('was changed');
      };
      const sessions = await signInAroundChange(() => changeRole('support'), {
        email,
        password: validPassword,
      });
      // Sign-ins that were redirected to the panel already had the new role.
      const [old, fresh] = [
        sessions.filter(({ redirectedTo }) => redirectedTo === '/home'),
        sessions.filter(({ redirectedTo }) => redirectedTo === '/admin'),
      ];
      expect(old.length).toBeGreaterThan(0);
      expect(await countSignedIn(old)).toBe(0);
      expect(await countSignedIn(fresh)).toBe(fresh.length);
      await changeRole('none');
      expect(await countSignedIn(sessions)).toBe(0);
    }),
    time,
  );

  it(
    'two-step sign-in being turned on, even after it is off again',
    rounds(async () => {
      const email = 'phone@example.org';
      const owner = await member(email);
      await owner.open('/account/two-step');
      const sessions = await signInAroundChange(() => turnOn(owner), { email, password: validPassword });
      expect(await countSignedIn(sessions)).toBe(0);
      await turnOff(owner);
      expect(await countSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(owner)).toBe(true);
    }),
    time,
  );
});

describe('sign-in whose credentials were checked before a change', () => {
  const credentials = (email: string) => ({ email, password: validPassword });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['a new password', (id) => choosePassword(id, otherPassword)],
    ['setting the same password again', (id) => choosePassword(id, validPassword)],
    [
      'a suspension that was lifted',
      async (id) => {
        await suspendAccount(id, 'A mistake', command);
        await reinstateAccount(id, command);
      },
    ],
    [
      'a role that was taken away again',
      async (id) => {
        await changeStaffRole(id, 'support', command);
        await changeStaffRole(id, null, command);
      },
    ],
    ['an administrator signs the person out everywhere', (id) => signOutEverywhere(id, command)],
  ])('is not signed in after: %s', async (_change, change) => {
    const email = uniqueAddress();
    const { id } = await createTestAccount(email);
    const { visitor } = await signInDuringChange(() => change(id), credentials(email));
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it.each<[string, (owner: Visitor) => Promise<unknown>]>([
    ['two-step sign-in is turned on', turnOn],
    [
      'two-step sign-in is turned on and off',
      async (owner) => {
        await turnOn(owner);
        await turnOff(owner);
      },
    ],
    ['the owner signs out everywhere else', endOthers],
  ])('is not signed in after %s, but the session that made the change is', async (_change, change) => {
    const email = uniqueAddress();
    await member(email);
    const owner = await member(email);
    const { visitor } = await signInDuringChange(() => change(owner), credentials(email));
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await isSignedIn(owner)).toBe(true);
    expect((await owner.open('/account/sessions')).$('article')).toHaveLength(1);
  });

  it('is not signed in after new recovery codes', async () => {
    const { email, key, visitor: owner } = await memberWithAuthenticator(uniqueAddress());
    const change = async () => {
      await owner.open('/account/two-step');
      expect((await owner.submit('/account/two-step/recovery-codes')).status).toBe(200);
    };
    const { visitor } = await signInDuringChange(change, { ...credentials(email), code: codeOf(key, 1) });
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await isSignedIn(owner)).toBe(true);
  });

  it('needs the password again if it was waiting for a code', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    const owner = await member(email);
    await turnOn(owner);
    const waiting = await member(email);
    expect(waiting.page.$('input[name=code]')).toHaveLength(1);
    await signOutEverywhere(id, command);
    const refused = await waiting.submit('/sign-in', { code: '123456' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('enter your password again');
    expect(refused.$('input[name=password]')).toHaveLength(1);
  });
});

describe('change by the owner', () => {
  it.each<[string, (owner: Visitor) => Promise<unknown>]>([
    ['turning two-step sign-in on', turnOn],
    ['signing out everywhere else', endOthers],
  ])('%s also invalidates copies of the owner’s cookie', async (_change, change) => {
    const email = uniqueAddress();
    await member(email);
    const owner = await member(email);
    const copy = newVisitor();
    const { jar } = owner.agent as unknown as {
      jar: { getCookie(name: string, access: unknown): { toValueString(): string } };
    };
    const access = { domain: '127.0.0.1', path: '/', secure: false, script: false };
    copy.agent.set('Cookie', jar.getCookie('homecoming', access).toValueString());
    expect(await isSignedIn(copy)).toBe(true);
    await change(owner);
    expect(await isSignedIn(copy)).toBe(false);
    expect(await isSignedIn(owner)).toBe(true);
  });

  it('is refused in a session that has just ended', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    await member(email);
    const thief = await member(email);
    await thief.open('/account/sessions');
    const fields = thief.fieldsOf('/account/sessions/sign-out');
    changeDuringNextRequest(() => choosePassword(id, otherPassword));
    const answer = await thief.post('/account/sessions/sign-out', fields);
    expect(answer.status).toBe(409);
    expect(await isSignedIn(thief)).toBe(false);
    expect(await isSignedIn(await member(email, otherPassword))).toBe(true);
  });

  it('accepting a staff role ends other sessions and continues this one', async () => {
    const email = uniqueAddress();
    const elsewhere = await member(email);
    const owner = await member(email);
    await owner.open((await createTestInvitation(email, { staffRole: 'support' })).url);
    expect((await owner.submit('/register')).path).toBe('/home');
    expect((await owner.open('/admin')).path).toBe('/admin');
    expect(await isSignedIn(elsewhere)).toBe(false);
  });

  it('accepting any other invitation keeps other sessions', async () => {
    const email = uniqueAddress();
    const elsewhere = await member(email);
    const owner = await member(email);
    await owner.open((await createTestInvitation(email)).url);
    expect((await owner.submit('/register')).path).toBe('/home');
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  it('accepting a staff role is refused in a session that has just ended', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    const thief = await member(email);
    await thief.open((await createTestInvitation(email, { staffRole: 'admin' })).url);
    const fields = thief.fieldsOf('/register');
    changeDuringNextRequest(() => choosePassword(id, otherPassword));
    expect((await thief.post('/register', fields)).status).toBe(409);
    expect((await Account.findByPk(id))?.staffRole).toBeNull();
    expect(await isSignedIn(thief)).toBe(false);
  });
});

describe('ended session', () => {
  it('keeps its other data, such as an opened invitation', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    const visitor = await member(email);
    const guest = uniqueAddress();
    await visitor.open((await createTestInvitation(guest)).url);
    await choosePassword(id, otherPassword);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in/);
    const page = await visitor.open('/register');
    expect(page.path).toBe('/register');
    expect(page.$('input[name=email]').val()).toBe(guest);
  });

  it('is not in the list of sessions', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    await signInDuringChange(() => choosePassword(id, otherPassword), { email, password: validPassword });
    const owner = await member(email, otherPassword);
    expect((await owner.open('/account/sessions')).text).toContain('You aren’t signed in anywhere else');
  });
});
