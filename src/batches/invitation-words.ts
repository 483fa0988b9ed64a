import type { GroupRole } from '../groups/group.ts';
import type { Batch, Choices } from './batch.ts';
import type { Column, Verdict } from './purpose.ts';

/** What a row of an invitation file says. */
export type InvitationFacts = Readonly<{
  /** In its one spelling, see `normaliseAddress`. */
  email: string;
  name: string;
  message: string;
  groupId: string | null;
  groupRole: GroupRole | null;
}>;

/** What is chosen for all rows; group and role for those that name none. */
export type InvitationChoices = Choices &
  Readonly<{
    included: readonly string[];
    validityDays: number;
    message: string;
    groupId: string | null;
    groupRole: GroupRole;
  }>;

/** What was chosen for a batch of invitations. */
export function invitationChoicesOf({ choices }: Pick<Batch, 'choices'>): InvitationChoices {
  return choices as InvitationChoices;
}

export const invitationColumns: readonly Column[] = [
  {
    name: 'email',
    label: 'E-mail address',
    isRequired: true,
    synonyms: [
      ...['email', 'emailaddress', 'mail', 'mailaddress', 'emailid', 'address', 'primaryemail', 'email1'],
      ...['emailadresse', 'mailadresse', 'adressemail', 'courriel', 'correo', 'correoelectronico'],
      ...['correoelectrnico', 'eposta', 'epost', 'indirizzoemail', 'email1value'],
    ],
  },
  {
    name: 'firstName',
    label: 'First name, where it has a column of its own',
    synonyms: ['firstname', 'givenname', 'forename', 'first', 'vorname', 'prenom', 'nombre', 'nome'],
  },
  {
    name: 'name',
    label: 'Name, or last name',
    synonyms: [
      ...['name', 'fullname', 'displayname', 'lastname', 'surname', 'familyname', 'last', 'nachname'],
      ...['familienname', 'nom', 'apellido', 'apellidos', 'cognome'],
    ],
  },
  {
    name: 'message',
    label: 'Personal message',
    synonyms: ['message', 'personalmessage', 'note', 'text', 'nachricht'],
  },
  {
    name: 'group',
    label: 'Group, by its name',
    synonyms: ['group', 'groupname', 'chapter', 'community', 'gruppe', 'groupe', 'grupo'],
  },
  {
    name: 'role',
    label: 'Role in the group',
    synonyms: ['role', 'grouprole', 'rolle', 'rol'],
  },
];

/** In the order of the preview: first what is sent, last what never is. */
export const invitationVerdicts = {
  new: {
    label: 'New',
    tone: 'good',
    says: 'One record in the register, no invitation yet.',
    included: 'usually',
  },
  several: {
    label: 'Several records',
    tone: 'good',
    says: 'A family shares this address. Whoever opens the invitation says which record is whose.',
    included: 'usually',
  },
  none: {
    label: 'No record',
    tone: 'wait',
    says: 'No active record in the register has this address. They can register all the same; you match them by hand.',
    included: 'usually',
  },
  'account-group': {
    label: 'Asked into a group',
    tone: 'good',
    says: 'They have an account, and your file names a group that they are not in yet.',
    included: 'usually',
  },
  minor: {
    label: 'Minor',
    tone: 'wait',
    says: 'By the year of birth in the register too young to register without a guardian. Include them if you know that the address is right for that.',
    included: 'if-wished',
  },
  revoked: {
    label: 'Revoked earlier',
    tone: 'wait',
    says: 'Somebody of the staff took an earlier invitation back. Include them once the reason no longer holds.',
    included: 'if-wished',
  },
  account: {
    label: 'Has an account',
    tone: 'off',
    says: 'They can sign in already. Include them only together with a group: then they are asked to join it.',
    included: 'if-wished',
  },
  open: {
    label: 'Invited already',
    tone: 'off',
    says: 'Their invitation is open. To remind them, send it again from the list of invitations.',
    included: 'never',
  },
  member: {
    label: 'In the group already',
    tone: 'off',
    says: 'There is nothing left to invite them to.',
    included: 'never',
  },
  declined: {
    label: 'Declined',
    tone: 'regret',
    says: 'They asked us not to write, or it isn’t them. Who changed their mind can be invited one by one.',
    included: 'never',
  },
  deceased: {
    label: 'Has died',
    tone: 'regret',
    says: 'Everybody whom the register knows at this address has died.',
    included: 'never',
  },
  bounced: {
    label: 'Bounced',
    tone: 'bad',
    says: 'The last mail to this address came back. Release it under Mail, Addresses that bounced, once it is right.',
    included: 'never',
  },
} as const satisfies Record<string, Verdict>;

export type InvitationVerdict = keyof typeof invitationVerdicts;

/** Why a row was left out although it was included: what has happened since the preview. */
export const invitationSkips: Readonly<Record<string, string>> = {
  open: 'somebody invited them in the meantime',
  account: 'they have an account by now',
  member: 'they are in the group already',
  declined: 'they declined in the meantime',
  deceased: 'the register says by now that they have died',
  bounced: 'a mail to the address came back in the meantime',
  archived: 'the group was archived in the meantime',
  recalled: 'the batch was recalled before it was their turn',
  gone: 'the row was removed in the meantime',
};
