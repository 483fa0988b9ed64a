import { expect } from 'vitest';
import { signInStaff } from '../support/fixtures.ts';
import { bulkActionPages } from './pages/bulk-actions.ts';
import { checkPages } from './pages/check-pages.ts';
import { invitePages } from './pages/invite.ts';
import { overviewPages } from './pages/overview.ts';
import { goTo, type TestPage } from './pages/page.ts';
import { staffPages } from './pages/staff.ts';

const empty: TestPage = [
  'the list of invitations, without any',
  async (openAs) => {
    const page = await goTo(await openAs(await signInStaff('admin')), '/admin/invitations');
    expect(await page.locator('main').innerText()).toContain('You haven’t invited anyone yet');
    return page;
  },
];

checkPages('invitations', [empty, ...staffPages, ...bulkActionPages, ...invitePages, ...overviewPages]);
