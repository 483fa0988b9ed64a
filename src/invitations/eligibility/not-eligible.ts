import { Conflict } from '../../platform/errors.ts';
import type { EligibilityReason } from './eligibility.ts';
import { describeReason } from './explain.ts';

/** An address can't be invited now, or only with an override of what is known of it. */
export class NotEligible extends Conflict {
  override readonly title = 'This address can’t be invited yet';
  /** Everything that an override would have to name, also what it named already, and what is blocked: the most serious first. */
  readonly reasons: readonly EligibilityReason[];

  constructor(reasons: readonly EligibilityReason[]) {
    const found = reasons.filter(({ severity }) => severity !== 'info');
    super(found.map(describeReason).join(' '));
    this.reasons = found;
  }

  /** Whether an administrator may invite all the same, by naming these reasons. */
  get canOverride(): boolean {
    return this.reasons.every(({ severity }) => severity === 'warning');
  }
}
