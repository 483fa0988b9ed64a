import { beforeAll, describe, expect, it } from 'vitest';
import { alumna, staff, work } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import type { Visitor } from '../support/visitor.ts';
import { idOf, pathOf, sent, uploaded, verdictsOf } from './campaign.ts';

const NEW = '/admin/batches/new?purpose=records';
let admin: Visitor;

beforeAll(async () => {
  admin = await staff('admin');
});

/** A record of the register with this id. */
async function known(externalId: string, lastName: string): Promise<string> {
  const id = await alumna(`${externalId.toLowerCase()}@register.example.org`, { lastName });
  await rows('update alumni_members set external_id = $2 where id = $1', [id, externalId]);
  return id;
}

const facts = (externalId: string) =>
  row('select last_name as name, batch, center from alumni_members where external_id = $1', [externalId]);

describe('a file of the register', () => {
  it('shows what it would change, changes nothing before it is said, and then just that', async () => {
    const changing = await known('R2', 'Boateng');
    await known('R3', 'Mensah');
    const kept = await known('R4', 'Danso');
    const away = await known('R5', 'Danso');
    await rows(
      'update alumni_members set merged_into = $2, merged_at = now(), active = false where id = $1',
      [away, kept],
    );
    const lines = [
      'Record ID;First name;Surname;E-mail;Class year',
      'R1;Efua;Addo;efua@register.example.org;2011',
      'R2;Amma;Boateng-Adu;R2@register.example.org;2002',
      'R3;Amma;Mensah;r3@register.example.org;2002',
      'R5;Amma;Danso;r5@register.example.org;2002',
      'R1;Other;Person;;',
      'R6;Nobody;;;',
      'R7;Too;Short',
      'R8;Year;Wrong;;02',
    ];
    await admin.open('/admin/alumni');
    expect(admin.page.$(`a[href="${NEW}"]`).text()).toBe('Import a file');
    const preview = await uploaded(admin, `${lines.join('\r\n')}\r\n`, NEW);
    expect(await verdictsOf(preview)).toEqual({
      ...{ 2: 'new', 3: 'changed', 4: 'unchanged', 5: 'conflict', 6: 'duplicate' },
      ...{ 7: 'invalid', 8: 'invalid', 9: 'invalid' },
    });
    expect(preview.text).toContain('2 of 8 rows will be imported. Nothing is changed yet.');
    expect(preview.text).toContain('Last name: “Boateng” becomes “Boateng-Adu”');
    expect(preview.text).toContain('This record was merged into “R4”');
    expect(preview.text).toContain('Line 2 has the same id');
    expect(preview.text).toContain('This line has 3 cells, the header 5');
    expect(await facts('R1')).toBeNull();

    const result = await sent(admin);
    expect(result.text).toContain('2 rows are imported into the register.');
    expect(result.$(`a[href="/admin/alumni/${changing}"]`).length).toBe(1);
    expect(await facts('R1')).toEqual({ name: 'Addo', batch: 2011, center: null });
    expect(await facts('R2')).toEqual({ name: 'Boateng-Adu', batch: 2002, center: 'Harbour' });
    expect(await facts('R5')).toEqual({ name: 'Danso', batch: 2002, center: 'Harbour' });
    const noted = await rows<{ id: string }>(
      `select subject_id as id from audit_events where action = 'alumni-member.imported'
       and detail ->> 'batchId' = $1`,
      [idOf(result)],
    );
    expect(noted).toHaveLength(2);
    const report = await admin.post(`${pathOf(result)}/exports`, {});
    expect(report.text).toContain('2,R1,Efua,Addo,efua@register.example.org,2011,New,,imported');

    const again = await uploaded(admin, lines.slice(0, 4).join('\n'), NEW);
    expect(await verdictsOf(again)).toEqual({ 2: 'unchanged', 3: 'unchanged', 4: 'unchanged' });
    expect(again.text).toContain('nothing to import');
    expect((await admin.open('/admin/batches?purpose=records')).text).toContain('Imported');
  });

  it('leaves out a record that was merged away since the preview', async () => {
    const kept = await known('M1', 'Addo');
    const preview = await uploaded(admin, 'id,last name\nM1,Addo\nM2,Addo\n', NEW);
    const away = await known('M2', 'Sarpong');
    await rows(
      'update alumni_members set merged_into = $2, merged_at = now(), active = false where id = $1',
      [away, kept],
    );
    const result = await sent(admin);
    expect(result.text).toContain('1: the record was merged into another one in the meantime');
    expect(await verdictsOf(preview)).toEqual({ 2: 'unchanged', 3: 'new' });
    expect(await facts('M2')).toMatchObject({ name: 'Sarpong' });
  });

  it('has nothing to choose, and is not recalled', async () => {
    const path = pathOf(await uploaded(admin, 'id,last name\nN1,Addo\n', NEW));
    expect((await admin.open(`${path}/choices`)).status).toBe(404);
    await admin.open(path);
    expect((await sent(admin)).html).not.toContain(`${path}/recall`);
    expect((await admin.open(`${path}/recall`)).status).toBe(409);
    await work();
  });

  it('must have an id and a last name', async () => {
    await admin.open(NEW);
    const columns = await admin.upload('/admin/batches', 'first name,center\nAmma,Harbour\n');
    const refused = await admin.submit(`${pathOf(columns)}/mapping`);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Choose the column with the id in your register');
    expect(refused.text).toContain('Choose the column with the last name');
  });
});
