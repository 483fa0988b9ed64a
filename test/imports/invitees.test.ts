import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { listInviteesAfter } from '../../src/imports/kinds/invitees.ts';
import { queryRows } from '../support/database.ts';
import { signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { idOf, pathOf, statusesByLine, uploadAndCheck } from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

describe('a file of people to invite', () => {
  it('combines first and last name columns', async () => {
    const page = await uploadAndCheck(
      admin,
      'invitees',
      'E-Mail,Vorname,Nachname\nlena@names.example.org,Lena,Vogt\nbroken,Ngozi,Okafor\n',
    );
    expect(columnTexts(page, 'Name')).toEqual(['Lena Vogt', 'Ngozi Okafor']);
  });

  it('needs no heading: one address per line, with or without a name', async () => {
    const page = await uploadAndCheck(
      admin,
      'invitees',
      'one@plain.example.org\nTwo <two@plain.example.org>\n',
    );
    expect(await statusesByLine(page)).toEqual({ 1: 'ok', 2: 'ok' });
    expect(columnTexts(page, 'Name')).toEqual(['–', 'Two']);
  });

  it('explains each invalid row, and lists the valid ones in file order', async () => {
    const group = await createGroup({ name: 'Harbour Chapter', description: '' }, { kind: 'system' });
    await queryRows(`insert into groups (name, archived_at) values ('Old Chapter', now())`);
    const lines = [
      'email,name,message,group,role',
      'a@rows.example.org,Amma,Dear Amma,harbour chapter,ADMIN',
      'A@ROWS.example.org,,,,',
      'nobody.example.org,,,,',
      ',Nobody,,,',
      'x@rows.example.org,,,Old Chapter,',
      'x@rows.example.org,,,Harbour Chapter,boss',
      'two words@rows.example.org,,,,',
      'jürgen@rows.example.org,,,,',
      'x@rows.example.org,,,,',
    ];
    const page = await uploadAndCheck(admin, 'invitees', lines.join('\n'));
    expect(await statusesByLine(page)).toEqual({
      ...{ 2: 'ok', 3: 'duplicate', 4: 'invalid', 5: 'invalid', 6: 'invalid', 7: 'invalid' },
      ...{ 8: 'invalid', 9: 'invalid', 10: 'ok' },
    });
    expect(page.text).toContain('Line 2 has the same address');
    for (const message of [
      '“nobody.example.org”: This has no @',
      'Enter an e-mail address',
      'There’s no open group called “Old Chapter”',
      '“boss” isn’t a role. Use owner, admin or member',
      'Remove the space inside the e-mail address',
      'Remove “ü” from the e-mail address',
    ]) {
      expect(page.text).toContain(message);
    }
    const plain = { message: '', groupId: null, groupRole: null, language: null };
    const first = { email: 'a@rows.example.org', name: 'Amma', message: 'Dear Amma' };
    const second = { line: 10, email: 'x@rows.example.org', name: '', ...plain };
    expect(await listInviteesAfter(idOf(page), 0, 100)).toEqual([
      { line: 2, ...first, groupId: group.id, groupRole: 'admin', language: null },
      second,
    ]);
    expect(await listInviteesAfter(idOf(page), 2, 100)).toEqual([second]);
    expect(await listInviteesAfter(idOf(page), 0, 1)).toHaveLength(1);
  });

  it('creates a campaign named after the file, and changes no alumni records', async () => {
    const page = await uploadAndCheck(admin, 'invitees', 'a@draft.example.org\n');
    expect(admin.fieldsOf('/admin/campaigns')).toMatchObject({ importId: idOf(page), name: 'people' });
    expect(page.$('button:contains("Create the campaign")').length).toBe(1);
    const answer = await admin.post(`${pathOf(page)}/confirmation`, { count: '1', checkedAt: 'now' });
    expect(answer.status).toBe(409);
    expect((await admin.open(`${pathOf(page)}/undo`)).status).toBe(409);
  });
});
