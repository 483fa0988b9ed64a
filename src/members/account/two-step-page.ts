import type { Request } from 'express';
import QRCode from 'qrcode';
import type { Account } from '../../accounts/account.ts';
import { countUnusedRecoveryCodes } from '../../accounts/recovery-codes.ts';
import { deriveSetupSecret, newSetupSeed, provisioningDetails } from '../../accounts/two-step-secret.ts';
import type { FormState } from '../../platform/http/form.ts';
import { readSettings } from '../../settings/settings.ts';

/** Returns the session's setup seed, creating it if needed. Pages opened in several tabs share it. */
export function setupSeedOf(req: Request): string {
  req.session.twoStepSetup ??= newSetupSeed();
  return req.session.twoStepSetup;
}

/** View data of the two-step page: its state if it is on, or else the setup. */
export async function twoStepPageData(req: Request, account: Account, { errors }: Pick<FormState, 'errors'>) {
  const { organisationName, twoStepForStaff } = await readSettings();
  const { twoStepEnabledAt: enabledAt } = account;
  const isRequired = account.staffRole !== null && twoStepForStaff;
  if (enabledAt)
    return {
      errors,
      enabledAt,
      isRequired,
      codesLeft: await countUnusedRecoveryCodes(account.id),
      setup: null,
    };
  const secret = deriveSetupSecret(setupSeedOf(req), account.id);
  const { uri, secretGroups } = provisioningDetails(secret, organisationName, account.email);
  const svg = await QRCode.toString(uri, { type: 'svg', margin: 3, errorCorrectionLevel: 'M' });
  const qrCode = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return { errors, enabledAt, isRequired, codesLeft: 0, setup: { uri, secretGroups, qrCode } };
}
