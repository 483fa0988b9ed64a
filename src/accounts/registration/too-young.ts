import { HomecomingError } from '../../platform/errors.ts';
import { type Day, formatDate } from '../../platform/i18n/dates.ts';

/** The person is too young to register. No account is created, and nothing they entered is kept. */
export class TooYoung extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'You can’t register yet';
  override readonly reference: string | null;

  /** @param returnOn the first day on which they can join, if known */
  constructor(returnOn: Day | null, reference: string | null = null) {
    const welcome = returnOn ? ` You are welcome from ${formatDate(returnOn)} on.` : '';
    super(
      `Members must be older by law and by our own rules.${welcome} Nothing that you typed was kept. If this is a mistake, please write to us.`,
    );
    this.reference = reference;
  }
}
