import { randomUUID } from 'node:crypto';
import { type Alumnus, grownUpOf, minorsOf, nameOf } from './sample-households.ts';
import { mailRow, type Told } from './sample-letters.ts';
import { DAY, HOUR, MINUTE, type PastEvent, type Row, type Visitor, visitorAt } from './sample-past.ts';

/** Whoever accepted an invitation, and what their account says of the register. */
export type Member = Readonly<{
  accountId: string;
  told: Told;
  at: Date;
  person: Alumnus;
  /** Registered as the minor who they are themselves. */
  isYoung: boolean;
  children: readonly Alumnus[];
  /** When they came back and signed in; null: never yet. */
  signedInAt: Date | null;
  from: Visitor;
}>;

/** A claim of a member on a record, with its id. */
export type Claim = Readonly<{ id: string; member: Member; person: Alumnus; relationship: 'self' | 'child' }>;

/** The members, in the order in which they registered. @param ids one for each of them */
export function membersOf(accepted: readonly Told[], ids: readonly string[], now: Date): Member[] {
  return accepted.map((told, place) => {
    const { story } = told;
    const at = story.endedAt ?? story.createdAt;
    const grownUp = grownUpOf(story.household);
    const [young] = minorsOf(story.household);
    const person = grownUp ?? young;
    if (!person) throw new Error('nobody of this address could register');
    const back = new Date(at.getTime() + (place % 9) * 2 * DAY + 3 * HOUR + place * MINUTE);
    return {
      accountId: ids[place] ?? '',
      told,
      at,
      person,
      isYoung: grownUp === undefined,
      children: grownUp ? minorsOf(story.household) : [],
      signedInAt: place % 3 !== 1 && back < now ? back : null,
      from: visitorAt(place),
    };
  });
}

export function accountRow({ accountId, told, at, person, signedInAt }: Member, passwordHash: string): Row {
  return {
    id: accountId,
    email: told.story.household.email,
    name: nameOf(person),
    password_hash: passwordHash,
    created_at: at,
    password_changed_at: at,
    last_signed_in_at: signedInAt,
  };
}

/** Who everybody says they are. @param ids at least one for each person */
export function claimsOf(members: readonly Member[], ids: readonly string[]): Claim[] {
  const claims = members.flatMap((member) => [
    { member, person: member.person, relationship: 'self' as const },
    ...member.children.map((person) => ({ member, person, relationship: 'child' as const })),
  ]);
  return claims.map((claim, place) => ({ ...claim, id: ids[place] ?? '' }));
}

export function profileRow({ id, member, person, relationship }: Claim, policyVersion: number): Row {
  return {
    id,
    account_id: member.accountId,
    alumni_member_id: person.recordId,
    relationship,
    policy_version: policyVersion,
    claimed_at: member.at,
  };
}

/** What `register` and later sign-ins leave in the audit. */
export function memberEvents(member: Member, claims: readonly Claim[], policyVersion: number): PastEvent[] {
  const { accountId, told, at, from, signedInAt } = member;
  const self = { actor: 'account', accountId, at, ...from } as const;
  const account = { subject: 'account', subjectId: accountId } as const;
  const invitation = { subject: 'invitation', subjectId: told.id } as const;
  const proofs = told.story.delivery === 'link' ? (['code-sent', 'mailbox-proven'] as const) : [];
  return [
    ...proofs.map((what, step): PastEvent => {
      const proven = new Date(at.getTime() - (3 - step) * MINUTE);
      return { ...from, ...invitation, at: proven, actor: 'visitor', action: `invitation.${what}` };
    }),
    { ...from, ...account, at, actor: 'visitor', action: 'account.created', detail: { staffRole: null } },
    // One after the other, as a registration writes them down.
    ...claims.map(({ id: profileId, person, relationship }, step): PastEvent => {
      const detail = { profileId, accountId, relationship, policyVersion };
      return {
        ...self,
        at: new Date(at.getTime() + 10 + step),
        action: 'profile.claimed',
        subject: 'alumni-member',
        subjectId: person.recordId,
        detail,
      };
    }),
    {
      ...self,
      ...invitation,
      at: new Date(at.getTime() + 40),
      action: 'invitation.accepted',
      detail: { accountId },
    },
    ...(signedInAt ? [{ ...self, ...account, at: signedInAt, action: 'account.signed-in' } as const] : []),
  ];
}

/** The mails that a registration sends to its member. */
export function memberMails({ accountId, told, at }: Member): Row[] {
  const { story, id: invitationId, reference } = told;
  const about = { recipient: story.household.email, invitationId, reference };
  const code = {
    ...about,
    template: 'mailbox-code',
    subjectId: randomUUID(),
    queuedAt: new Date(at.getTime() - 3 * MINUTE),
  };
  return [
    ...(story.delivery === 'link' ? [mailRow(code)] : []),
    mailRow({ ...about, template: 'welcome', subjectId: accountId, accountId, queuedAt: at }),
  ];
}
