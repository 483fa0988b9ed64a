import { describeAge } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { config } from '../platform/config/config.ts';
import { signLinkToken } from '../platform/crypto/signed-links.ts';
import type { MailTemplate } from '../platform/mail/template.ts';
import { readSettings } from '../settings/settings.ts';
import { findGuardian, findProfileAccess, type Guardian } from './guardians/guardian.ts';
import {
  type AccessStatus,
  accessStatusOf,
  ageRangeOf,
  asDecidedByGuardian,
  type ProfileAccess,
} from './profile-access.ts';

type MailContext = Readonly<{ guardian: Guardian; profile: ProfileAccess; access: AccessStatus }>;

/** A mail to a guardian with their link. Dropped unless the guardian's own decision gives one of `validAccess`. */
function guardianMail(
  name: string,
  validAccess: readonly AccessStatus[],
  path: '/guardian' | '/guardian/withdrawal' = '/guardian',
): MailTemplate {
  return {
    name,
    views: `consents/mails/${name}`,
    async loadValues({ subjectId }) {
      const found = await findMailContext(subjectId, true);
      if (!found?.guardian.isContactable || !validAccess.includes(found.access)) return null;
      const { guardian, profile } = found;
      // Signed with the current key: a guardian's link outlives the keys of the ring.
      const link = `${config.baseUrl}${path}?token=${signLinkToken('guardian', guardian.id)}`;
      return {
        ...profileValues(profile),
        guardian: guardian.name,
        access: found.access,
        link,
        validUntil: profile.consentExpiresAt,
        consentedAt: profile.lastDecidedAt,
      };
    },
  };
}

/** A mail to the minor. Dropped unless their access is one of `validAccess`. */
function minorMail(name: string, validAccess: readonly AccessStatus[]): MailTemplate {
  return {
    name,
    views: `consents/mails/${name}`,
    async loadValues({ subjectId }) {
      const found = await findMailContext(subjectId, false);
      if (!found || !validAccess.includes(found.access)) return null;
      const { guardian, profile, access } = found;
      return {
        ...profileValues(profile),
        guardian: guardian.name,
        access,
        link: `${config.baseUrl}/sign-in`,
      };
    },
  };
}

const comingOfAge: MailTemplate = {
  name: 'coming-of-age',
  views: 'consents/mails/coming-of-age',
  async loadValues({ subjectId }) {
    const profile = await findProfileAccess({ profileId: subjectId });
    return (
      profile && {
        ...profileValues(profile),
        relationship: profile.relationship,
        link: `${config.baseUrl}/sign-in`,
      }
    );
  },
};

/** To the address that staff corrected. Reveals neither a link nor the new address. */
const guardianCorrected: MailTemplate = {
  name: 'guardian-corrected',
  views: 'consents/mails/guardian-corrected',
  async loadValues({ subjectId }) {
    const found = await findMailContext(subjectId, true);
    return found && { ...profileValues(found.profile), guardian: found.guardian.name };
  },
};

/** Needs no data: the account and the guardian are deleted by now. */
const dataErased: MailTemplate = {
  name: 'data-erased',
  views: 'consents/mails/data-erased',
  loadValues: async () => ({}),
};

const withoutConsent: readonly AccessStatus[] = ['awaiting-consent', 'refused', 'withdrawn', 'expired'];

export const consentMails: readonly MailTemplate[] = [
  guardianMail('guardian-request', withoutConsent),
  guardianMail('second-guardian', withoutConsent),
  guardianMail('guardian-link', [...withoutConsent, 'supervised', 'full', 'blocked']),
  guardianMail('consent-granted', ['supervised']),
  guardianMail('consent-confirmation', ['supervised'], '/guardian/withdrawal'),
  guardianMail('consent-withdrawn', ['withdrawn']),
  guardianMail('consent-renewal', ['supervised']),
  guardianMail('supervision-ended', ['full']),
  minorMail('access-granted', ['supervised']),
  minorMail('access-ended', ['refused', 'withdrawn']),
  minorMail('guardian-rejected', withoutConsent),
  comingOfAge,
  guardianCorrected,
  dataErased,
];

/** @param ownDecisionOnly use this guardian's decision instead of the effective one */
async function findMailContext(guardianId: string, ownDecisionOnly: boolean): Promise<MailContext | null> {
  const guardian = await findGuardian(guardianId);
  const combinedProfile = guardian && (await findProfileAccess(guardian));
  if (!guardian || !combinedProfile) return null;
  const profile = ownDecisionOnly ? await asDecidedByGuardian(guardian.id, combinedProfile) : combinedProfile;
  return { guardian, profile, access: accessStatusOf(profile, await readSettings(), new Date()) };
}

function profileValues(profile: ProfileAccess): Record<string, unknown> {
  const ages = ageRangeOf(profile, new Date());
  return {
    name: displayName(profile),
    firstName: profile.firstName,
    age: ages && describeAge(ages),
    batch: profile.batch,
  };
}
