import { type Answers, membersOnly } from './answers.ts';

/** Proving again who one is; people, mail, audit and settings. */
export const office: Answers = {
  'GET /account/confirm': membersOnly(200),
  'POST /account/confirm': membersOnly(422),
};
