import { Router } from 'express';
import { requireAccount, requireStaff } from '../accounts/guard.ts';
import { adminConsents } from './consents.ts';
import { adminInvitations } from './invitations.ts';

/** The staff's door. The guard stands here, once: nothing below is reached without it. */
export const admin = Router();
admin.use(requireAccount, requireStaff('support', 'admin'));
admin.get('/', (_req, res) => res.redirect(303, '/admin/invitations'));
admin.use('/invitations', adminInvitations);
admin.use('/consents', adminConsents);
