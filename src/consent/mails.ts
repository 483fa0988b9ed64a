import { describeAge } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { config } from '../config.ts';
import { signLinkAgain } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { readSettings } from '../settings.ts';
import { type Guardian, guardianById, wardOf } from './guardian.ts';
import { agesOf, asDecidedBy, type Standing, standingOf, type Ward } from './standing.ts';

type Case = Readonly<{ guardian: Guardian; ward: Ward; standing: Standing }>;

/** A mail to a guardian: due while their own decision stands as one of `due`; it always holds the guardian's own link. */
function toGuardian(
  name: string,
  due: readonly Standing[],
  path: '/guardian' | '/guardian/withdrawal' = '/guardian',
): MailTemplate {
  return {
    name,
    views: `consent/mails/${name}`,
    async fill({ subjectId }) {
      const found = await caseOf(subjectId, true);
      if (!found?.guardian.isAsked || !due.includes(found.standing)) return null;
      const { guardian, ward } = found;
      const token = signLinkAgain('guardian', guardian.id, guardian.tokenHash);
      const link = `${config.baseUrl}${path}?token=${token}`;
      return {
        ...valuesOf(ward),
        guardian: guardian.name,
        link,
        until: ward.consentExpiresAt,
        consentedAt: ward.lastActAt,
      };
    },
  };
}

/** A mail to the young person. */
function toMinor(name: string, due: readonly Standing[]): MailTemplate {
  return {
    name,
    views: `consent/mails/${name}`,
    async fill({ subjectId }) {
      const found = await caseOf(subjectId, false);
      if (!found || !due.includes(found.standing)) return null;
      const { guardian, ward, standing } = found;
      return { ...valuesOf(ward), guardian: guardian.name, standing, link: `${config.baseUrl}/sign-in` };
    },
  };
}

const grownUp: MailTemplate = {
  name: 'grown-up',
  views: 'consent/mails/grown-up',
  async fill({ subjectId }) {
    const ward = await wardOf({ profileId: subjectId });
    return ward && { ...valuesOf(ward), relationship: ward.relationship, link: `${config.baseUrl}/sign-in` };
  },
};

/** Tells whoever is no longer asked, because the address was wrong. It holds no link and no other address. */
const guardianCorrected: MailTemplate = {
  name: 'guardian-corrected',
  views: 'consent/mails/guardian-corrected',
  async fill({ subjectId }) {
    const found = await caseOf(subjectId, true);
    return found && { ...valuesOf(found.ward), guardian: found.guardian.name };
  },
};

/** The account is gone, and with it the name of whoever asked. */
const dataErased: MailTemplate = {
  name: 'data-erased',
  views: 'consent/mails/data-erased',
  fill: async () => ({}),
};

const undecided: readonly Standing[] = ['waiting', 'refused', 'withdrawn', 'lapsed'];

export const consentMails: readonly MailTemplate[] = [
  toGuardian('guardian-request', undecided),
  toGuardian('second-guardian', undecided),
  toGuardian('guardian-link', [...undecided, 'supervised', 'full', 'blocked']),
  toGuardian('consent-granted', ['supervised']),
  toGuardian('consent-confirmation', ['supervised'], '/guardian/withdrawal'),
  toGuardian('consent-withdrawn', ['withdrawn']),
  toGuardian('consent-renewal', ['supervised']),
  toGuardian('supervision-ended', ['full']),
  toMinor('access-granted', ['supervised']),
  toMinor('access-ended', ['refused', 'withdrawn']),
  toMinor('guardian-turned-down', undecided),
  grownUp,
  guardianCorrected,
  dataErased,
];

/** @param isOwn whether this guardian's decision is meant, or the one that counts */
async function caseOf(guardianId: string, isOwn: boolean): Promise<Case | null> {
  const guardian = await guardianById(guardianId);
  const shared = guardian && (await wardOf(guardian));
  if (!guardian || !shared) return null;
  const ward = isOwn ? await asDecidedBy(guardian.id, shared) : shared;
  return { guardian, ward, standing: standingOf(ward, await readSettings(), new Date()) };
}

function valuesOf(ward: Ward): Record<string, unknown> {
  const ages = agesOf(ward, new Date());
  return {
    name: displayName(ward),
    firstName: ward.firstName,
    age: ages && describeAge(ages),
    batch: ward.batch,
  };
}
