import { normaliseHeading } from '../platform/tables/headings.ts';

/**
 * The headings that programs and people write above each kind of cell, as `normaliseHeading` returns them: Excel in several
 * languages, Salesforce, Raiser's Edge NXT, Almabase, Mailchimp, Outlook, Google Contacts. The best ones come first.
 */
export const knownHeadings = {
  externalId: [
    ...[
      'externalid',
      'id',
      'alumniid',
      'memberid',
      'recordid',
      'constituentid',
      'contactid',
      'constituentlookupid',
    ],
    ...['lookupid', 'systemrecordid', 'casesafeid', 'contactid18', 'personid', 'studentid'],
    ...['almabaseid', 'alumnusid', 'rollnumber', 'rollno', 'uid', 'idnumber', 'membershipnumber', 'importid'],
    ...['mitgliedsnr', 'mitgliedsnummer', 'mitgliednr', 'kundennr', 'kundennummer', 'personalnummer'],
    ...['identifiant', 'matricule', 'nadherent', 'numerodadherent', 'numerodemembre', 'identificador'],
    ...['matricula', 'numerodesocio', 'nsocio', 'codice', 'matricola', 'lidnummer'],
  ],
  firstName: [
    ...[
      'firstname',
      'givenname',
      'forename',
      'first',
      'contactfirstname',
      'preferredfirstname',
      'vorname',
      'rufname',
    ],
    ...['prenom', 'nombre', 'primernombre', 'nome', 'nombredepila', 'voornaam', 'fname'],
  ],
  lastName: [
    ...['lastname', 'surname', 'familyname', 'last', 'lastorganizationname', 'contactlastname', 'nachname'],
    ...[
      'familienname',
      'zuname',
      'nom',
      'nomdefamille',
      'apellido',
      'apellidos',
      'cognome',
      'achternaam',
      'lname',
    ],
  ],
  fullName: [
    ...[
      'fullname',
      'name',
      'displayname',
      'contactname',
      'constituentname',
      'alumniname',
      'alumnusname',
      'personname',
    ],
    ...[
      'membername',
      'studentname',
      'vollstandigername',
      'vorundnachname',
      'nomcomplet',
      'prenometnom',
      'nometprenom',
    ],
    ...['nombrecompleto', 'nombreyapellidos', 'nomecompleto', 'volledigenaam'],
  ],
  formerName: [
    ...[
      'formername',
      'maidenname',
      'birthname',
      'previousname',
      'nameatschool',
      'maidenformername',
      'geburtsname',
    ],
    ...['madchenname', 'nomdenaissance', 'nomdejeunefille', 'apellidodesoltera'],
  ],
  email: [
    ...[
      'email',
      'emailaddress',
      'primaryemail',
      'primaryemailaddress',
      'preferredemail',
      'personalemail',
      'homeemail',
    ],
    ...['mail', 'mailaddress', 'emailid', 'email1', 'email1value', 'email1address', 'emailaddress1'],
    ...[
      'emailaddressesemailaddress',
      'contactemail',
      'alternateemail',
      'workemail',
      'recipient',
      'emailadresse',
    ],
    ...[
      'mailadresse',
      'adressemail',
      'adresseemail',
      'adresseelectronique',
      'adressedemessagerie',
      'courriel',
    ],
    ...[
      'correo',
      'correoelectronico',
      'direcciondecorreoelectronico',
      'direcciondecorreo',
      'eposta',
      'epost',
    ],
    ...['indirizzoemail', 'indirizzodipostaelettronica', 'emailadres'],
  ],
  otherEmails: [
    ...[
      'otheremails',
      'otheremail',
      'secondaryemail',
      'secondemail',
      'email2',
      'email2value',
      'email2address',
    ],
    ...[
      'emailaddress2',
      'alternativeemail',
      'alternateemails',
      'additionalemails',
      'zweiteemail',
      'weitereemails',
    ],
    ...['weitereemailadressen', 'autreemail', 'autrecourriel', 'otrocorreo'],
  ],
  batch: [
    ...[
      'batch',
      'classyear',
      'class',
      'graduationyear',
      'yearofgraduation',
      'classof',
      'gradyear',
      'preferredyear',
    ],
    ...[
      'yearofpassing',
      'passingyear',
      'passoutyear',
      'yearofcompletion',
      'batchyear',
      'year',
      'educationclassof',
    ],
    ...['primaryclassyear', 'preferredclassyear', 'abschlussjahr', 'jahrgang', 'abiturjahrgang', 'abschluss'],
    ...[
      'promotion',
      'promo',
      'anneedepromotion',
      'anneedediplome',
      'promocion',
      'anodegraduacion',
      'annodidiploma',
    ],
  ],
  center: [
    ...[
      'center',
      'centre',
      'campus',
      'school',
      'schoolname',
      'institute',
      'institution',
      'college',
      'standort',
    ],
    ...['schule', 'etablissement', 'ecole', 'centro', 'sede', 'escuela'],
  ],
  yearOfBirth: [
    ...['yearofbirth', 'birthyear', 'yob', 'dobyear', 'birthdate', 'dateofbirth', 'dob', 'birthday', 'born'],
    ...[
      'geburtsjahr',
      'geburtsdatum',
      'geburtstag',
      'anneedenaissance',
      'datedenaissance',
      'anodenacimiento',
    ],
    ...['fechadenacimiento', 'annodinascita', 'datadinascita', 'geboortedatum'],
  ],
  language: [
    ...[
      'language',
      'lang',
      'locale',
      'preferredlanguage',
      'correspondencelanguage',
      'sprache',
      'korrespondenzsprache',
    ],
    ...['langue', 'idioma', 'lingua', 'taal'],
  ],
  emailOf: ['emailof', 'emailowner', 'emailbelongsto', 'whoseemail', 'emailvon', 'emailgehort'],
  active: ['active', 'isactive', 'aktiv', 'actif', 'activo', 'attivo'],
  inactive: ['inactive', 'isinactive', 'inaktiv', 'inactif', 'inactivo', 'archived'],
  deceased: [
    'deceased',
    'isdeceased',
    'npspdeceased',
    'npspdeceasedc',
    'verstorben',
    'decede',
    'fallecido',
    'deceduto',
  ],
  message: ['message', 'personalmessage', 'note', 'text', 'nachricht', 'mensaje'],
  group: ['group', 'groupname', 'chapter', 'community', 'gruppe', 'groupe', 'grupo'],
  role: ['role', 'grouprole', 'rolle', 'rol'],
} as const satisfies Record<string, readonly string[]>;

/** A column to look for, and the headings that it may have. */
type WantedColumn = Readonly<{ name: string; synonyms: readonly string[] }>;

/**
 * Finds columns by their headings. Of several headings for one column the best is used. A column for the full name isn't
 * used beside the first and the last name; beside the first name alone, its “Name” is the last name.
 */
export function guessByHeadings(
  columns: readonly WantedColumn[],
  headings: readonly string[],
): Map<string, number> {
  const normalised = headings.map(normaliseHeading);
  const positions = new Map<string, number>();
  for (const { name, synonyms } of columns) {
    const found = synonyms.map((synonym) => normalised.indexOf(synonym));
    const position = found.find(
      (candidate) => candidate >= 0 && ![...positions.values()].includes(candidate),
    );
    if (position !== undefined) positions.set(name, position);
  }
  const fullName = positions.get('full_name');
  if (fullName !== undefined && (positions.has('last_name') || positions.has('first_name'))) {
    positions.delete('full_name');
    if (!positions.has('last_name')) positions.set('last_name', fullName);
  }
  return positions;
}
