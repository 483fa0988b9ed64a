import { beforeAll, expect, it } from 'vitest';
import { signInStaff } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

it('an htmx request in between doesn’t consume the flash message or the link for the next page', async () => {
  await admin.open('/admin/invitations/new');
  const action = '/admin/invitations';
  const response = await admin.post(action, {
    ...admin.fieldsOf(action),
    email: 'shown@example.org',
    delivery: 'link',
  });
  expect(response.status).toBe(303);
  const preview = await admin.agent
    .get('/admin/invitations/new?email=shown%40example.org')
    .set('HX-Request', 'true');
  expect(preview.status).toBe(200);
  const page = await admin.open(response.headers.location ?? '');
  expect(page.$('.flash, [role=status]').text()).toContain('shown@example.org');
  expect(page.$('#invitation-link').val()).toMatch(/\/register\?token=/);
  expect((await admin.open(response.headers.location ?? '')).$('#invitation-link')).toHaveLength(0);
});
