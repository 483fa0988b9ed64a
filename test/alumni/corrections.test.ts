import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import {
  ageSignIns,
  latestMail,
  newVisitor,
  signInStaff,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { createMember } from './members.ts';

const LIST = '/admin/alumni/corrections';
let admin: Visitor;
let member: Visitor;
let email: string;
let recordId: string;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

beforeEach(async () => {
  email = uniqueAddress();
  const accountId = await createMember(email);
  const found = await queryRow<{ id: string }>(
    'select alumni_member_id::text as id from profiles where account_id = $1',
    [accountId],
  );
  recordId = found?.id ?? '';
  member = newVisitor();
  await member.signIn(email, validPassword);
});

async function propose(fields: Record<string, string>): Promise<void> {
  await member.open('/home');
  await member.open(member.page.$(`a[href="/home/records/${recordId}"]`).attr('href') ?? '');
  await member.submit(`/home/records/${recordId}`, fields);
}

async function decide(fields: Record<string, string>, without: readonly string[] = []): Promise<void> {
  await admin.open(LIST);
  const form = admin.fieldsOf(`${LIST}/${recordId}`);
  for (const name of without) delete form[name];
  await admin.postAndFollow(`${LIST}/${recordId}`, { ...form, ...fields });
}

const record = () =>
  queryRow('select last_name, former_name, batch, center from alumni_members where id = $1', [recordId]);
const waitingIds = async () =>
  (
    await queryRows<{ id: string; field: string }>(
      'select id::text, field from record_corrections where alumni_member_id = $1 and decided_at is null order by id',
      [recordId],
    )
  ).map(({ id, field }) => [field, id] as const);

describe('a member who finds a mistake', () => {
  it('proposes what is right; nothing changes until staff accept it', async () => {
    await propose({ lastName: 'Boateng', formerName: 'Amma Owusu', center: 'Lakeside' });
    expect(member.page.text).toContain('The alumni office will check your changes');
    expect(await record()).toMatchObject({ last_name: 'Owusu', center: 'Harbour' });
    await member.open(`/home/records/${recordId}`);
    expect(member.page.text).toContain('3 changes are waiting for the alumni office.');
    expect(member.page.$('[name=lastName]').val()).toBe('Boateng');
    expect((await admin.open('/admin')).text).toContain('may have mistakes');
    await decide({});
    expect(admin.page.text).toContain('We’ve saved your decision and told the member.');
    expect(await record()).toEqual({
      last_name: 'Boateng',
      former_name: 'Amma Owusu',
      batch: 2002,
      center: 'Lakeside',
    });
    const mail = await latestMail(email);
    expect(mail.text).toContain('We’ve changed:\n- Last name: Boateng');
    expect(mail.text).not.toContain('We haven’t changed');
  });

  it('takes a proposal back by entering what is on file', async () => {
    await propose({ center: 'Lakeside' });
    await propose({ center: 'Harbour' });
    expect(member.page.text).toContain('The details are the same as before');
    expect(await waitingIds()).toEqual([]);
  });

  it('sees errors, and loses nothing', async () => {
    await propose({ lastName: '', batch: 'nineteen', center: 'Lakeside' });
    expect(member.page.status).toBe(422);
    expect(member.page.$('.field-error')).toHaveLength(2);
    expect(member.page.$('[name=batch]').val()).toBe('nineteen');
    expect(member.page.$('[name=center]').val()).toBe('Lakeside');
  });

  it('can correct only records of the account', async () => {
    await createMember(uniqueAddress());
    const other = await queryRow<{ id: string }>('select max(id)::text as id from alumni_members');
    expect((await member.open(`/home/records/${other?.id}`)).status).toBe(403);
    expect((await member.post(`/home/records/${other?.id}`, { lastName: 'X' })).status).toBe(403);
    for (const id of ['0', 'x', '99999999999999999999'])
      expect((await member.open(`/home/records/${id}`)).status).toBe(403);
  });
});

describe('staff', () => {
  it('accept some fields and refuse others with a reason, which the member gets', async () => {
    await propose({ lastName: 'Boateng', batch: '2003' });
    const [, [, batchId] = []] = await waitingIds();
    await decide({ reason: '' }, [`accept[${batchId}]`]);
    expect(admin.page.status).toBe(422);
    expect(admin.page.text).toContain('Enter why you leave something out');
    expect(admin.page.$(`[name="accept[${batchId}]"]`).attr('checked')).toBeUndefined();
    await decide({ reason: 'The yearbook says 2002.' }, [`accept[${batchId}]`]);
    expect(await record()).toMatchObject({ last_name: 'Boateng', batch: 2002 });
    const mail = await latestMail(email);
    expect(mail.text).toContain('We haven’t changed:\n- Batch: 2003');
    expect(mail.text).toContain('The reason: The yearbook says 2002.');
  });

  it('don’t decide about what changed since they looked', async () => {
    await propose({ lastName: 'Boateng' });
    await admin.open(LIST);
    const form = admin.fieldsOf(`${LIST}/${recordId}`);
    await propose({ lastName: 'Mensah' });
    const answer = await admin.postAndFollow(`${LIST}/${recordId}`, form);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Someone has decided this already, or the member has changed it.');
    expect(answer.text).toContain('Owusu becomes Mensah');
    expect(await record()).toMatchObject({ last_name: 'Owusu' });
  });

  it('of two decisions at the same time, one wins', async () => {
    await propose({ lastName: 'Boateng' });
    await admin.open(LIST);
    const form = admin.fieldsOf(`${LIST}/${recordId}`);
    const answers = await Promise.all([1, 2].map(() => admin.post(`${LIST}/${recordId}`, form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
  });

  it('download accepted changes for their own system, formulas made harmless', async () => {
    await propose({ lastName: 'Boateng', center: '=1+1' });
    await decide({});
    await admin.open(LIST);
    const file = await admin.post(`${LIST}/exports`, { format: 'csv' });
    const { externalId } = (await queryRow<{ externalId: string }>(
      'select external_id as "externalId" from alumni_members where id = $1',
      [recordId],
    )) ?? { externalId: '' };
    const lines = file.text.split('\r\n').filter((line) => line.includes(externalId));
    expect(file.text).toMatch(/^\uFEFFexternal_id,field,old_value,new_value,changed_at/);
    expect(lines.map((line) => line.split(',').slice(1, 4))).toEqual([
      ['last_name', 'Owusu', 'Boateng'],
      ['center', 'Harbour', "'=1+1"],
    ]);
    const later = await admin.post(`${LIST}/exports`, { format: 'csv', since: '2090-01-01' });
    expect(later.text.trim().split('\r\n')).toHaveLength(1);
    await ageSignIns();
    expect((await admin.post(`${LIST}/exports`, { format: 'csv' })).status).toBe(403);
  });
});
