import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { desktop, switchUser, useBrowser } from '../support/browser.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { newSession } from './accessibility.ts';

const openBrowser = useBrowser('file');

/** 94 letters, a surname of 35, a right-to-left name, and an address of 254 characters. */
const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorstandssitz';
const surname = 'Wolfeschlegelsteinhausenbergerdorff';
const arabic = 'عبد الرحمن بن محمد بن عبد العزيز آل الشيخ';
const email = `${'a'.repeat(64)}@${'long-domain-name.'.repeat(10)}example.org`;
const url = `https://example.org/${'reunion-'.repeat(30)}`;

it('long names, addresses and web addresses fit on every page', async () => {
  const { id: inviterId } = await createTestAccount('inviter@example.org', 'admin', `${word} ${word}`);
  const actor = { kind: 'account', accountId: inviterId, ip: null, requestId: null } as const;
  const group = await createGroup({ name: word, description: url }, actor);
  const records: (string | undefined)[] = [];
  for (const [first, last] of [
    [word, ''],
    [arabic, surname],
    ['A', word],
  ] as const) {
    const created = await queryRow<{ id: string }>(
      `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
       values (gen_random_uuid()::text, $1, $2, $3, 2002, $4, 1984) returning id`,
      [first, last || surname, email, word],
    );
    records.push(created?.id);
  }
  const details = { message: url, group: { id: group.id, role: 'member' } } as const;
  const { url: link, invitation } = await createTestInvitation(email, details, actor);
  const session = await newSession(openBrowser);
  const { page } = session;
  const tooWide: string[] = [];
  const check = async (name: string) => {
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const found = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (found > width) tooWide.push(`${name}: ${found} of ${width}: ${await widestElement(page, width)}`);
    }
    await page.setViewportSize(desktop.viewport);
  };
  const open = async (path: string) => {
    await page.goto(path);
    await check(path);
  };

  await page.goto(link);
  await check('registering');
  await page.fill('[name=name]', word.repeat(2));
  await page.click('main form button[type=submit]');
  await check('errors');
  await page.fill('[name=name]', word.repeat(2));
  await page.fill('[name=password]', validPassword);
  for (const [index, id] of records.entries())
    await page.check(`[name="records[${id}]"][value=${index === 0 ? 'self' : 'none'}]`);
  await page.click('main form button[type=submit]');
  await page.waitForURL('**/home');
  await check('the first page');
  for (const path of ['/home', '/account', '/groups', `/groups/${group.id}`]) await open(path);
  await runJobs();

  const admin = await signInStaff('admin');
  await queryRows(`update accounts set name = $1 where email = 'admin@example.org'`, [word]);
  await switchUser(session, admin);
  for (const path of [
    ...['/admin', '/admin/invitations', `/admin/invitations/${invitation.id}`, '/admin/alumni'],
    ...[`/admin/alumni/${records[0]}`, `/admin/alumni/${records[0]}/merge`, '/admin/alumni/unmatched'],
    ...[`/admin/help?q=${encodeURIComponent(email)}`, '/admin/people', '/admin/groups'],
    ...[
      `/groups/${group.id}`,
      '/admin/mail',
      '/admin/audit',
      `/admin/invitations/new?email=${encodeURIComponent(email)}`,
    ],
  ])
    await open(path);

  const stranger = newVisitor();
  await switchUser(session, stranger);
  expect(tooWide).toEqual([]);
});

function widestElement(page: Page, width: number): Promise<string> {
  return page.evaluate<string>(`[...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > ${width} || element.getBoundingClientRect().left < 0)
    .map((element) => element.outerHTML.slice(0, 120)).slice(0, 2).join(' | ')`);
}
