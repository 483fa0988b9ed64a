import { describeAge } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { config } from '../config.ts';
import { row } from '../database.ts';
import { signLinkAgain } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { readSettings } from '../settings.ts';
import { type Guardian, guardianById, wardOf } from './guardian.ts';
import { agesOf, type Standing, standingOf, WARD_SQL, type Ward } from './standing.ts';

type Case = Readonly<{ guardian: Guardian; ward: Ward; standing: Standing }>;

/** A mail to a guardian: due while the profile stands as one of `due`; it always holds the guardian's own link. */
function toGuardian(
  name: string,
  due: readonly Standing[],
  more: (found: Case) => Record<string, unknown> = () => ({}),
): MailTemplate {
  return {
    name,
    views: `consent/mails/${name}`,
    async fill({ subjectId }) {
      const found = await caseOf(subjectId);
      if (!found || found.guardian.retiredAt !== null || !due.includes(found.standing)) return null;
      const { guardian, ward } = found;
      const token = signLinkAgain('guardian', guardian.id, guardian.tokenHash);
      const link = `${config.baseUrl}/guardian?token=${token}`;
      return {
        ...valuesOf(ward),
        guardian: guardian.name,
        link,
        until: ward.consentExpiresAt,
        ...more(found),
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
      const found = await caseOf(subjectId);
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
    const ward = await row<Ward>(`${WARD_SQL} where p.id = $1`, [subjectId]);
    return ward && { ...valuesOf(ward), relationship: ward.relationship, link: `${config.baseUrl}/sign-in` };
  },
};

export const consentMails: readonly MailTemplate[] = [
  toGuardian('guardian-request', ['waiting'], ({ guardian }) => ({ askedAt: guardian.askedAt })),
  toGuardian('consent-granted', ['supervised']),
  toGuardian('consent-withdrawn', ['withdrawn']),
  toGuardian('consent-renewal', ['supervised']),
  toMinor('access-granted', ['supervised']),
  toMinor('access-ended', ['refused', 'withdrawn']),
  grownUp,
];

async function caseOf(guardianId: string): Promise<Case | null> {
  const guardian = await guardianById(guardianId);
  const ward = guardian && (await wardOf(guardian));
  if (!guardian || !ward) return null;
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
