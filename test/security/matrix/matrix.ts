import { admin } from './admin.ts';
import { alumni } from './alumni.ts';
import { api } from './api.ts';
import { campaigns } from './campaigns.ts';
import type { Expectations } from './expectations.ts';
import { groups } from './groups.ts';
import { imports } from './imports.ts';
import { invitations } from './invitations.ts';
import { invite } from './invite.ts';
import { office } from './office.ts';
import { overview } from './overview.ts';
import { site } from './site.ts';

/** Every route for people. */
export const matrix: Expectations = {
  ...site,
  ...admin,
  ...office,
  ...invitations,
  ...invite,
  ...alumni,
  ...imports,
  ...campaigns,
  ...api,
  ...groups,
  ...overview,
};
