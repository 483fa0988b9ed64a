import { type Answers, adminOnly, staffOnly } from './answers.ts';

/** Requests for a new link. */
export const overview: Answers = {
  'GET /admin/requests': staffOnly(200),
  'GET /admin/requests/:id': staffOnly(404),
  'POST /admin/requests/:id/approval': staffOnly(404),
  'POST /admin/requests/:id/correction': adminOnly(404),
  'POST /admin/requests/:id/dismissal': staffOnly(404),
};
