import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { mergeRecords, previewMerge } from '../../src/alumni/merging/merge.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

const thisYear = new Date().getUTCFullYear();
const person = { name: 'Amma Owusu', password: validPassword };
const guardian = { guardianName: 'Gita Guardian', guardianEmail: 'gita.questions@example.net' };
const bornOf = { adult: 1984, minor: thisYear - 16, blocked: thisYear - 10, unknown: null } as const;

async function opened(email: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  return visitor;
}

async function signedIn(email: string): Promise<Visitor> {
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

async function claimForAnotherAccount(recordId: string): Promise<void> {
  const { id } = await createTestAccount(uniqueAddress());
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'self', 1)`,
    [id, recordId],
  );
}

const optionsFor = ({ page: { $ } }: Visitor, recordId: string) =>
  $(`[name="records[${recordId}]"]`)
    .map((_, input) => $(input).attr('value'))
    .get();

const selfRecordOf = async (email: string) =>
  (
    await queryRows<{ id: string }>(
      `select p.alumni_member_id as id from profiles p join accounts a on a.id = p.account_id
       where a.email = $1 and p.relationship = 'self'`,
      [email],
    )
  ).map(({ id }) => id);

describe('the question about a record', () => {
  const kinds = [
    ['adult', ['self', 'none']],
    ['minor', ['self', 'child', 'none']],
    ['unknown', ['self', 'child', 'none']],
    ['blocked', []],
    ['claimed', []],
  ] as const;

  it.each(kinds)('of a kind “%s” offers %j, and the server accepts exactly these', async (kind, offered) => {
    for (const answer of ['self', 'child', 'none'] as const) {
      const email = uniqueAddress();
      const recordId = await createTestRecord(email, {
        yearOfBirth: kind === 'claimed' ? 1984 : bornOf[kind],
      });
      if (kind === 'claimed') await claimForAnotherAccount(recordId);
      const visitor = await opened(email);
      expect(optionsFor(visitor, recordId)).toEqual(offered);
      const yearOfBirth = answer === 'child' ? String(thisYear - 16) : '1984';
      const page = await visitor.submit('/register', {
        ...person,
        ...guardian,
        [`records[${recordId}]`]: answer,
        [`yearOfBirth[${recordId}]`]: yearOfBirth,
      });
      const isAccepted = page.status === 200;
      expect([answer, isAccepted]).toEqual([
        answer,
        answer === 'none' || offered.some((value) => value === answer),
      ]);
    }
  });

  it.each(kinds.filter(([, offered]) => offered.length === 0))(
    'isn’t asked and needs no answer: %s',
    async (kind) => {
      const email = uniqueAddress();
      const recordId = await createTestRecord(email, {
        yearOfBirth: kind === 'claimed' ? 1984 : bornOf.blocked,
      });
      if (kind === 'claimed') await claimForAnotherAccount(recordId);
      const visitor = await opened(email);
      expect(visitor.page.text).toContain(
        kind === 'claimed'
          ? 'Someone has already registered as this person'
          : `Amma Owusu can join from 31 December ${thisYear + 4}`,
      );
      expect((await visitor.submit('/register', person)).status).toBe(200);
    },
  );

  it('offers an account with a record of its own only children', async () => {
    const email = uniqueAddress();
    const own = await createTestRecord(email);
    const visitor = await signedIn(email);
    await visitor.submit('/home/claims', { [`records[${own}]`]: 'self' });
    const child = await createTestRecord(email, { yearOfBirth: bornOf.minor, lastName: 'Young' });
    const adult = await createTestRecord(email, { lastName: 'Grown' });
    const home = await visitor.open('/home');
    expect(optionsFor(visitor, child)).toEqual(['child', 'none']);
    expect(optionsFor(visitor, adult)).toEqual([]);
    expect(home.text).not.toContain('Grown');
    const claimsAdult = { [`records[${child}]`]: 'none', [`records[${adult}]`]: 'self' };
    expect((await visitor.post('/home/claims', claimsAdult)).status).toBe(422);
    expect((await visitor.submit('/home/claims', { [`records[${child}]`]: 'child' })).path).toBe('/home');
  });

  it('asks for a guardian on the home page too', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { yearOfBirth: bornOf.minor });
    const visitor = await signedIn(email);
    expect(visitor.page.$('[name=guardianEmail]')).toHaveLength(1);
    const answer = { [`records[${recordId}]`]: 'self' };
    const page = await visitor.submit('/home/claims', answer);
    expect(page.status).toBe(422);
    expect(page.$('#guardianEmail-error')).toHaveLength(1);
    expect((await visitor.submit('/home/claims', { ...answer, ...guardian })).status).toBe(200);
  });

  it('comes for the eldest adult first, and for records without a question last', async () => {
    const email = uniqueAddress();
    for (const [lastName, yearOfBirth] of [
      ['Blocked', bornOf.blocked],
      ['Minor', bornOf.minor],
      ['Unknown', null],
      ['Daughter', thisYear - 22],
      ['Mother', thisYear - 50],
    ] as const)
      await createTestRecord(email, { lastName, yearOfBirth });
    const { $ } = (await opened(email)).page;
    const names = $('.record h3').map((_, name) => $(name).text().replace('Amma ', ''));
    expect(names.get()).toEqual(['Mother', 'Daughter', 'Unknown', 'Minor', 'Blocked']);
  });
});

describe('the page for one record', () => {
  it('greets the person, shows the facts in one line and asks whether that is them', async () => {
    const email = uniqueAddress();
    await createTestRecord(email, { yearOfBirth: thisYear - 36 });
    const { page } = await opened(email);
    expect(page.$('h1').text()).toBe('Welcome back, Amma');
    expect(page.$('h1 [translate=no]').attr('dir')).toBe('auto');
    expect(page.text).toContain('Found 1 alumni record');
    expect(page.$('.record-facts').text()).toBe('Batch of 2002 · Harbour · 35–36 years old');
    expect(page.$('.record').text()).toContain('Full Access');
    expect(page.$('.record legend').text()).toBe('Is that you?');
    expect(page.$('[name=name]').val()).toBe('Amma Owusu');
    expect(page.$('.steps')).toHaveLength(0);
  });

  it('doesn’t greet a parent by the name of their child', async () => {
    const email = uniqueAddress();
    await createTestRecord(email, { yearOfBirth: bornOf.minor });
    const { page } = await opened(email);
    expect(page.$('h1').text()).toBe('Welcome to Alumni Association');
    expect(page.$('[name=name]').val() ?? '').toBe('');
  });

  it('marks the personal message as text in any language', async () => {
    const { url } = await createTestInvitation(uniqueAddress(), { message: 'مرحبا' });
    const { $ } = await newVisitor().open(url);
    expect($('blockquote[dir=auto][translate=no]').text()).toBe('مرحبا');
  });
});

describe('the name of a new member', () => {
  it('is the one of their record if they leave it empty', async () => {
    const email = uniqueAddress();
    const own = await createTestRecord(email, { lastName: 'Mensah' });
    const other = await createTestRecord(email, { lastName: 'Boateng' });
    const visitor = await opened(email);
    expect(visitor.page.$('[name=name]').val() ?? '').toBe('');
    const answers = { [`records[${own}]`]: 'self', [`records[${other}]`]: 'none' };
    const page = await visitor.submit('/register', { ...person, ...answers, name: ' ' });
    expect(page.text).toContain('Welcome, Amma Mensah');
  });

  it('must be given without a record of their own', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email);
    const visitor = await opened(email);
    const answers = { [`records[${recordId}]`]: 'none', name: '' };
    const page = await visitor.submit('/register', { ...person, ...answers });
    expect(page.status).toBe(422);
    expect(page.$('#name-error')).toHaveLength(1);
  });
});

describe('“someone else”', () => {
  async function registerAsSomeoneElse() {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { lastName: 'Mensah' });
    const visitor = await opened(email);
    const home = await visitor.submit('/register', { ...person, [`records[${recordId}]`]: 'none' });
    return { email, recordId, visitor, home };
  }

  it('is remembered after registering, and can be changed', async () => {
    const { email, recordId, visitor, home } = await registerAsSomeoneElse();
    expect(home.$(`[name="records[${recordId}]"]`)).toHaveLength(0);
    await visitor.follow('Answer again');
    expect(optionsFor(visitor, recordId)).toEqual(['self', 'none']);
    expect(visitor.page.$(`[name="records[${recordId}]"]:checked`).val()).toBe('none');
    const saved = await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'self' });
    expect(saved.text).toContain('We’ve saved your answers');
    expect(saved.text).not.toContain('Answer again');
    expect(await selfRecordOf(email)).toEqual([recordId]);
    expect(
      await queryRows('select 1 from someone_else_answers where alumni_member_id = $1', [recordId]),
    ).toEqual([]);
  });

  it('is remembered on the home page, where only new records are asked about', async () => {
    const email = uniqueAddress();
    const first = await createTestRecord(email, { lastName: 'First' });
    const visitor = await signedIn(email);
    const home = await visitor.submit('/home/claims', { [`records[${first}]`]: 'none' });
    expect(home.text).not.toContain('Amma First');
    const second = await createTestRecord(email, { lastName: 'Second' });
    await visitor.open('/home');
    expect(optionsFor(visitor, first)).toEqual([]);
    expect((await visitor.submit('/home/claims', { [`records[${second}]`]: 'none' })).text).toContain(
      '2 records under your e-mail address are someone else’s',
    );
  });

  it('is remembered on acceptance', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email);
    const visitor = await signedIn(email);
    const { url } = await createTestInvitation(email);
    await visitor.open(url);
    await visitor.submit('/register', { [`records[${recordId}]`]: 'none' });
    expect(optionsFor(visitor, recordId)).toEqual([]);
    const again = await createTestInvitation(email);
    const page = await visitor.open(again.url);
    expect(page.text).not.toContain('alumni record');
    expect((await visitor.submit('/register')).path).toBe('/home');
  });

  it('isn’t assumed for a child who is too young to be asked about', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { yearOfBirth: bornOf.blocked });
    await createTestRecord(email);
    const visitor = await opened(email);
    await visitor.submit('/register', { ...person, [`records[${recordId}]`]: 'none' });
    expect(
      await queryRows('select 1 from someone_else_answers where alumni_member_id = $1', [recordId]),
    ).toEqual([]);
  });

  it('is shown to staff, recorded, and part of the personal data', async () => {
    const { email, recordId, visitor } = await registerAsSomeoneElse();
    const page = await (await signInStaff('support')).open(`/admin/alumni/${recordId}`);
    expect(page.text).toContain(`Said it’s someone else Amma Owusu, ${email}`);
    expect(page.text).toContain('Record is someone else’s');
    const { body } = await visitor.agent.get('/account/data.json');
    expect(body.someoneElseAnswers).toMatchObject([{ record: { lastName: 'Mensah' } }]);
  });

  it('ends with the account', async () => {
    const { email, recordId } = await registerAsSomeoneElse();
    await Account.destroy({ where: { email } });
    expect(
      await queryRows('select 1 from someone_else_answers where alumni_member_id = $1', [recordId]),
    ).toEqual([]);
  });

  it('moves to the kept record when records are merged, unless the account has claimed it', async () => {
    const email = uniqueAddress();
    const kept = await createTestRecord(email, { lastName: 'Kept' });
    const other = await createTestRecord(email, { lastName: 'Other' });
    const denying = await opened(email);
    await denying.submit('/register', {
      ...person,
      [`records[${kept}]`]: 'self',
      [`records[${other}]`]: 'none',
    });
    const third = await createTestRecord(email, { lastName: 'Third' });
    const merge = async (keptId: string, otherId: string) => {
      const plan = await previewMerge(keptId, otherId);
      const savedAt = { kept: plan.kept.savedAt, other: plan.other.savedAt };
      await mergeRecords(keptId, otherId, { fromOther: [], savedAt }, { kind: 'command' });
    };
    await merge(third, other);
    const answers =
      'select alumni_member_id as id from someone_else_answers where alumni_member_id = any($1)';
    expect(await queryRows(answers, [[kept, other, third]])).toEqual([{ id: third }]);
    await merge(kept, third);
    expect(await queryRows(answers, [[kept, other, third]])).toEqual([]);
  });
});

describe('member who accepts another invitation', () => {
  it('sees the record that they have claimed', async () => {
    const email = uniqueAddress();
    const recordId = await createTestRecord(email, { lastName: 'Lindqvist', batch: 2008 });
    const visitor = await signedIn(email);
    await visitor.submit('/home/claims', { [`records[${recordId}]`]: 'self' });
    const page = await visitor.open((await createTestInvitation(email)).url);
    expect(page.text).toContain('Your record: Amma Lindqvist, batch of 2008');
    expect(page.text).not.toContain('No alumni records found');
  });
});
