import { beforeAll, expect, it } from 'vitest';
import { signInStaff } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

it('what a live part of a page asks for meanwhile takes neither the message nor the link that the next page shows', async () => {
  await admin.open('/admin/invitations/new');
  const action = '/admin/invitations';
  const sent = await admin.post(action, {
    ...admin.fieldsOf(action),
    email: 'shown@example.org',
    delivery: 'link',
  });
  expect(sent.status).toBe(303);
  const preview = await admin.agent
    .get('/admin/invitations/new?email=shown%40example.org')
    .set('HX-Request', 'true');
  expect(preview.status).toBe(200);
  const page = await admin.open(sent.headers.location ?? '');
  expect(page.$('.flash, [role=status]').text()).toContain('shown@example.org');
  expect(page.$('#invitation-link').val()).toMatch(/\/register\?token=/);
  expect((await admin.open(sent.headers.location ?? '')).$('#invitation-link')).toHaveLength(0);
});
