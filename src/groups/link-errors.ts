import { Conflict, Gone, HomecomingError, NotFound, type PageAction } from '../platform/errors.ts';

export const askForNewLink = 'Please ask whoever gave it to you for a new one.';

/** The link is forged or was never created. */
export class InvalidGroupLink extends NotFound {
  override readonly title = 'We don’t know this link';

  constructor() {
    super(
      `Copy the whole of it, to the last letter. If it still doesn’t open: ${askForNewLink.toLowerCase()}`,
    );
  }
}

/** The link isn't in this browser's session. It may still be valid. */
export class GroupLinkNotOpened extends HomecomingError {
  override readonly status = 200;
  override readonly title = 'Open the link again';

  constructor() {
    super(
      'This page needs the link that you were sent: please open it again in this browser. This can happen when a page stays open for a long time, when you change to another browser or app, or when your browser is blocking cookies, which this site needs.',
    );
  }
}

/** A genuine link that can't be redeemed any more. */
export class UnusableGroupLink extends Gone {
  override readonly title: string;
  override readonly actions: readonly PageAction[];

  constructor(title: string, message: string, actions: readonly PageAction[] = []) {
    super(message);
    this.title = title;
    this.actions = actions;
  }
}

export class AlreadyMember extends Conflict {
  override readonly title = 'You are in this group already';
  override readonly actions: readonly PageAction[];

  constructor(groupId: string) {
    super('The link is not used up: it still works for somebody else.');
    this.actions = [{ label: 'Go to the group', url: `/groups/${groupId}` }];
  }
}
