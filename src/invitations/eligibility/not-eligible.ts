import { Conflict } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { EligibilityReason } from './eligibility.ts';
import { describeReason } from './explain.ts';

/** An address is blocked, or has warnings that were not all overridden. */
export class NotEligible extends Conflict {
  override readonly title = t('invitations:reasons.notEligible');
  /** All blocked reasons and warnings, also those already overridden, most serious first. */
  readonly reasons: readonly EligibilityReason[];

  constructor(reasons: readonly EligibilityReason[]) {
    const relevant = reasons.filter(({ severity }) => severity !== 'info');
    super(relevant.map(describeReason).join(' '));
    this.reasons = relevant;
  }

  /** Whether there are only warnings, so that overriding all of them would help. */
  get canOverride(): boolean {
    return this.reasons.every(({ severity }) => severity === 'warning');
  }
}
