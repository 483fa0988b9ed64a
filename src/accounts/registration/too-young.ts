import { HomecomingError } from '../../platform/errors.ts';
import { formatDate } from '../../platform/text/dates.ts';

/** Somebody is too young, by the record or by what they say: no account is made and nothing that was typed is kept. */
export class TooYoung extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'You can’t register yet';
  override readonly reference: string | null;

  /** @param returnOn the first day on which they can join, where it is known */
  constructor(returnOn: Date | null, reference: string | null = null) {
    const welcome = returnOn ? ` You are welcome from ${formatDate(returnOn)} on.` : '';
    super(
      `Members must be older by law and by our own rules.${welcome} Nothing that you typed was kept. If this is a mistake, please write to us.`,
    );
    this.reference = reference;
  }
}
