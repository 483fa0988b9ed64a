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

// Each round is one change among many sign-ins. Many rounds: RACE_ROUNDS=100 npx vitest run test/accounts/session-state
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 5);
const LOOPS = 4;
const otherPassword = 'another quiet river';
const byHand = { kind: 'command' } as const;

type SignedIn = Readonly<{ visitor: Visitor; ledTo: string }>;

async function member(email: string, password = validPassword): Promise<Visitor> {
  if (!(await Account.findOne({ where: { email } }))) await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, password);
  return visitor;
}

/** Sends the sign-in form. @returns null when that doesn't sign in */
async function trySignIn(fields: Record<string, string>): Promise<SignedIn | null> {
  const visitor = newVisitor();
  await visitor.open('/sign-in');
  const answer = await visitor.post('/sign-in', { ...visitor.fieldsOf('/sign-in'), ...fields });
  const { location = '/sign-in' } = answer.headers;
  return location === '/sign-in' ? null : { visitor, ledTo: location };
}

const isSignedIn = async ({ agent }: Visitor) => (await agent.get('/account')).status === 200;

async function stillSignedIn(sessions: readonly SignedIn[]): Promise<number> {
  const answers = await Promise.all(sessions.map(({ visitor }) => isSignedIn(visitor)));
  return answers.filter(Boolean).length;
}

/** Signs in over and over, in four loops, before, during and after a change. @returns all who got in */
async function signInsAround(
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

/** Signs in so that a change comes after the account was read and before the session begins. */
async function signInDuring(
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

/** Lets a change come after the request has been let in as the account was, before it does anything. */
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
  await inTransaction(() => setPassword(id, hash, byHand));
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

describe('no session outlives a change that it races with', () => {
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
        expect((await owner.submit('/account/password', fields)).text).toContain('Your password is changed.');
      const sessions = await signInsAround(change, { email, password: before });
      expect(await stillSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(owner)).toBe(true);
    }),
    time,
  );

  it(
    'a suspension, also once it is lifted',
    rounds(async () => {
      const email = 'suspended@example.org';
      await member(email);
      const { id } = await Account.findOne({ where: { email }, rejectOnEmpty: true });
      const admin = await signInStaff('admin');
      await admin.open(`/admin/people/${id}/suspension`);
      const change = () => admin.submit(`/admin/people/${id}/suspension`, { reason: 'A mistake' });
      const sessions = await signInsAround(change, { email, password: validPassword });
      await admin.open(`/admin/people/${id}`);
      await admin.submit(`/admin/people/${id}/reinstatement`);
      expect(await stillSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(await member(email))).toBe(true);
      expect(await isSignedIn(admin)).toBe(true);
    }),
    time,
  );

  it(
    'a role, also once it is taken away again',
    rounds(async () => {
      const email = 'promoted@example.org';
      await member(email);
      const { id } = await Account.findOne({ where: { email }, rejectOnEmpty: true });
      const admin = await signInStaff('admin');
      const give = async (staffRole: string) => {
        await admin.open(`/admin/people/${id}/role`);
        expect((await admin.submit(`/admin/people/${id}/role`, { staffRole })).text).toContain('is changed');
      };
      const sessions = await signInsAround(() => give('support'), { email, password: validPassword });
      // Whoever was led to the panel signed in with the new role.
      const [old, fresh] = [
        sessions.filter(({ ledTo }) => ledTo === '/home'),
        sessions.filter(({ ledTo }) => ledTo === '/admin'),
      ];
      expect(old.length).toBeGreaterThan(0);
      expect(await stillSignedIn(old)).toBe(0);
      expect(await stillSignedIn(fresh)).toBe(fresh.length);
      await give('none');
      expect(await stillSignedIn(sessions)).toBe(0);
    }),
    time,
  );

  it(
    'two-step sign-in, also once it is off again',
    rounds(async () => {
      const email = 'phone@example.org';
      const owner = await member(email);
      await owner.open('/account/two-step');
      const sessions = await signInsAround(() => turnOn(owner), { email, password: validPassword });
      expect(await stillSignedIn(sessions)).toBe(0);
      await turnOff(owner);
      expect(await stillSignedIn(sessions)).toBe(0);
      expect(await isSignedIn(owner)).toBe(true);
    }),
    time,
  );
});

describe('a sign-in that was proven before a change', () => {
  const credentials = (email: string) => ({ email, password: validPassword });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['a new password', (id) => choosePassword(id, otherPassword)],
    ['the same password once more', (id) => choosePassword(id, validPassword)],
    [
      'a suspension that was lifted',
      async (id) => {
        await suspendAccount(id, 'A mistake', byHand);
        await reinstateAccount(id, byHand);
      },
    ],
    [
      'a role that was taken away again',
      async (id) => {
        await changeStaffRole(id, 'support', byHand);
        await changeStaffRole(id, null, byHand);
      },
    ],
    ['an administrator who signs the person out everywhere', (id) => signOutEverywhere(id, byHand)],
  ])('opens nothing after %s', async (_what, change) => {
    const email = uniqueAddress();
    const { id } = await createTestAccount(email);
    const { visitor } = await signInDuring(() => change(id), credentials(email));
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
  ])('opens nothing after %s, and the session that did it goes on', async (_what, change) => {
    const email = uniqueAddress();
    await member(email);
    const owner = await member(email);
    const { visitor } = await signInDuring(() => change(owner), credentials(email));
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await isSignedIn(owner)).toBe(true);
    expect((await owner.open('/account/sessions')).$('article')).toHaveLength(1);
  });

  it('opens nothing after new recovery codes', async () => {
    const { email, key, visitor: owner } = await memberWithAuthenticator(uniqueAddress());
    const change = async () => {
      await owner.open('/account/two-step');
      expect((await owner.submit('/account/two-step/recovery-codes')).status).toBe(200);
    };
    const { visitor } = await signInDuring(change, { ...credentials(email), code: codeOf(key, 1) });
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await isSignedIn(owner)).toBe(true);
  });

  it('asks for the password again where it waits for a code', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    const owner = await member(email);
    await turnOn(owner);
    const waiting = await member(email);
    expect(waiting.page.$('input[name=code]')).toHaveLength(1);
    await signOutEverywhere(id, byHand);
    const refused = await waiting.submit('/sign-in', { code: '123456' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('type your password again');
    expect(refused.$('input[name=password]')).toHaveLength(1);
  });
});

describe('a change that the owner makes', () => {
  it.each<[string, (owner: Visitor) => Promise<unknown>]>([
    ['turning two-step sign-in on', turnOn],
    ['signing out everywhere else', endOthers],
  ])('%s ends copies of the own cookie too', async (_what, change) => {
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

  it('is refused to a session that has just ended, which then stays ended', async () => {
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

  it('is accepting a role in the staff: other sessions end, this one goes on', async () => {
    const email = uniqueAddress();
    const elsewhere = await member(email);
    const owner = await member(email);
    await owner.open((await createTestInvitation(email, { staffRole: 'support' })).url);
    expect((await owner.submit('/register')).path).toBe('/home');
    expect((await owner.open('/admin')).path).toBe('/admin');
    expect(await isSignedIn(elsewhere)).toBe(false);
  });

  it('is not accepting anything else', async () => {
    const email = uniqueAddress();
    const elsewhere = await member(email);
    const owner = await member(email);
    await owner.open((await createTestInvitation(email)).url);
    expect((await owner.submit('/register')).path).toBe('/home');
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  it('can’t bring a role to a session that has just ended', async () => {
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

describe('a session that ended', () => {
  it('keeps what else it holds, such as an opened invitation', async () => {
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

  it('is in no list of where somebody is signed in', async () => {
    const { id, email } = await createTestAccount(uniqueAddress());
    await signInDuring(() => choosePassword(id, otherPassword), { email, password: validPassword });
    const owner = await member(email, otherPassword);
    expect((await owner.open('/account/sessions')).text).toContain('signed in nowhere else');
  });
});
