import { Conflict, Gone, HomecomingError, NotFound, type PageAction } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

/** The link is forged or was never created. */
export class InvalidGroupLink extends NotFound {
  override readonly title = t('groups:link.invalidTitle');

  constructor() {
    super(t('groups:link.invalid'));
  }
}

/** The link isn't in this browser's session. It may still be valid. */
export class GroupLinkNotOpened extends HomecomingError {
  override readonly status = 200;
  override readonly title = t('groups:link.notOpenedTitle');

  constructor() {
    super(t('groups:link.notOpened'));
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
  override readonly title = t('groups:link.memberTitle');
  override readonly actions: readonly PageAction[];

  constructor(groupId: string) {
    super(t('groups:link.member'));
    this.actions = [{ label: t('groups:link.toGroup'), url: `/groups/${groupId}` }];
  }
}
