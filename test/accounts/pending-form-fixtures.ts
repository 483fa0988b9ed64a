import { queryRows } from '../support/database.ts';
import { validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

/** Shown above a restored form. */
export const RESTORED_NOTICE = 'You were signed out before this was sent. Check it and send it again.';

export const credentials = (email: string) => ({ email, password: validPassword });
export const adminCredentials = credentials('admin@example.org');

export const endSessions = () => queryRows('delete from sessions');

/** Does something in another tab of the same browser. */
export async function inAnotherTab(
  visitor: Visitor,
  action: (tab: Visitor) => Promise<unknown>,
): Promise<void> {
  const { page } = visitor;
  await action(visitor);
  visitor.page = page;
}
