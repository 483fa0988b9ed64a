import { HomecomingError } from '../../platform/errors.ts';
import type { Day } from '../../platform/i18n/dates.ts';
import { t } from '../../platform/i18n/i18n.ts';

/** The person is too young to register. No account is created, and nothing they entered is kept. */
export class TooYoung extends HomecomingError {
  override readonly status = 403;
  override readonly title = t('registration:link.tooYoung');
  override readonly reference: string | null;

  /** @param returnOn the first day on which they can join, if known */
  constructor(returnOn: Day | null, reference: string | null = null) {
    super(
      returnOn
        ? t('registration:link.tooYoungFromText', { from: returnOn })
        : t('registration:link.tooYoungText'),
    );
    this.reference = reference;
  }
}
