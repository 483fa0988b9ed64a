import { type Answers, adminOnly, membersOnly } from './answers.ts';

/** Proving again who one is; people, mail, audit and settings. */
export const office: Answers = {
  'GET /account/confirm': membersOnly(200),
  'POST /account/confirm': membersOnly(422),
  'GET /admin/people': adminOnly(200),
  'GET /admin/people/:id': adminOnly(404),
  'GET /admin/people/:id/role': adminOnly(404),
  'POST /admin/people/:id/role': adminOnly(404),
  'GET /admin/people/:id/suspension': adminOnly(404),
  'POST /admin/people/:id/suspension': adminOnly(404),
  'POST /admin/people/:id/reinstatement': adminOnly(404),
  'GET /admin/people/:id/two-step-reset': adminOnly(404),
  'POST /admin/people/:id/two-step-reset': adminOnly(404),
  'POST /admin/people/:id/password-reset': adminOnly(404),
  'POST /admin/people/:id/session-ending': adminOnly(404),
  'GET /admin/audit': adminOnly(200),
  'POST /admin/audit/exports': adminOnly(200),
};
