import { expect } from 'vitest';
import { signInStaff } from '../support/fixtures.ts';
import { invitationStops } from './tour/invitations.ts';
import { inviteStops } from './tour/invite.ts';
import { overviewStops } from './tour/overview.ts';
import { staffStops } from './tour/staff.ts';
import { at, type Stop } from './tour/stop.ts';
import { walk } from './tour/walk.ts';

const empty: Stop = [
  'the list of invitations before there is one',
  async (sit) => {
    const page = await at(await sit(await signInStaff('admin')), '/admin/invitations');
    expect(await page.locator('main').innerText()).toContain('Nobody is invited yet');
    return page;
  },
];

walk('invitations', [empty, ...staffStops, ...invitationStops, ...inviteStops, ...overviewStops]);
