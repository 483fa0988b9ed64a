import { writeXlsx } from 'hucre/xlsx';

/** A file as a program writes it, with invented people, and what an import must make of it. */
export type CorpusFile = Readonly<{
  program: string;
  kind: 'alumni' | 'invitees';
  content: string | Buffer | (() => Promise<Buffer>);
  /** The values of each row that can be used: those of alumni records, or the address and the name. */
  expected: readonly Readonly<Record<string, unknown>>[];
  /** The address-like texts that aren't used. */
  leftovers?: readonly string[];
}>;

type Cell = string | number | boolean | Date | null;

const crlf = (...lines: string[]) => `${lines.join('\r\n')}\r\n`;
const windows1252 = (text: string) =>
  Buffer.from(text.replaceAll('€', '\x80').replaceAll('’', '\x92'), 'latin1');
const workbook = (sheets: Record<string, Cell[][]>) => async () =>
  Buffer.from(await writeXlsx({ sheets: Object.entries(sheets).map(([name, rows]) => ({ name, rows })) }));

export const corpus: readonly CorpusFile[] = [
  {
    program: 'Excel in English, CSV',
    kind: 'alumni',
    content: crlf(
      'ID,First Name,Last Name,Email,Class Year,Date of Birth',
      'A1,Amma,Owusu,amma@example.org,2003,5/12/1987',
    ),
    expected: [
      {
        external_id: 'A1',
        first_name: 'Amma',
        last_name: 'Owusu',
        email: 'amma@example.org',
        batch: 2003,
        year_of_birth: 1987,
      },
    ],
  },
  {
    program: 'Excel in German, CSV in Windows-1252',
    kind: 'alumni',
    content: windows1252(
      crlf(
        'Mitglieds-Nr.;Vorname;Nachname;E-Mail-Adresse;Jahrgang;Geburtsdatum;Verstorben',
        'M-7;Jürgen;Müller-Lüdenscheidt;juergen@example.org;1999;05.12.1980;nein',
      ),
    ),
    expected: [
      {
        external_id: 'M-7',
        first_name: 'Jürgen',
        last_name: 'Müller-Lüdenscheidt',
        email: 'juergen@example.org',
        batch: 1999,
        year_of_birth: 1980,
        deceased: false,
      },
    ],
  },
  {
    program: 'Excel in French, CSV with a separator line',
    kind: 'alumni',
    content: windows1252(
      crlf(
        'sep=;',
        'Identifiant;Prénom;Nom;Adresse électronique;Promotion;Décédé',
        '00012;Zoé;d’Hérouville;zoe@example.org;2010;non',
      ),
    ),
    expected: [
      {
        external_id: '00012',
        first_name: 'Zoé',
        last_name: 'd’Hérouville',
        email: 'zoe@example.org',
        batch: 2010,
        deceased: false,
      },
    ],
  },
  {
    program: 'Excel in Spanish, workbook',
    kind: 'alumni',
    content: workbook({
      Hoja1: [
        ['Matrícula', 'Nombre', 'Apellidos', 'Correo electrónico', 'Promoción', 'Fecha de nacimiento'],
        ['E-5', 'José', 'Peña García', 'jose@example.org', 2008, new Date(Date.UTC(1990, 0, 31))],
      ],
    }),
    expected: [
      {
        external_id: 'E-5',
        first_name: 'José',
        last_name: 'Peña García',
        email: 'jose@example.org',
        batch: 2008,
        year_of_birth: 1990,
      },
    ],
  },
  {
    program: 'Google Sheets, CSV',
    kind: 'invitees',
    content:
      'Email Address,Full name,"Comments, if any"\nngozi@example.org,Ngozi Okafor,"Knows ""everyone"", ask kofi@example.org"',
    expected: [{ email: 'ngozi@example.org', name: 'Ngozi Okafor' }],
    leftovers: ['kofi@example.org'],
  },
  {
    program: 'LibreOffice, workbook with two sheets',
    kind: 'invitees',
    content: workbook({
      People: [
        ['Name', 'E-mail'],
        ['Lena Vogt', 'lena@example.org'],
        [null, null],
        ['Bo', 'bo@example.org'],
      ],
      Guests: [['Guest', 'guest@example.org']],
    }),
    expected: [
      { email: 'lena@example.org', name: 'Lena Vogt' },
      { email: 'bo@example.org', name: 'Bo' },
    ],
    leftovers: ['guest@example.org'],
  },
  {
    program: 'Salesforce, report as CSV',
    kind: 'alumni',
    content: crlf(
      '"Contact ID","Salutation","First Name","Last Name","Email","Secondary Email","Birthdate","Mailing City"',
      '"003Dn00000AbCdEFGH","Dr.","Ama","Asante","ama@example.org","ama@example.net","1976-03-09","Accra"',
    ),
    expected: [
      {
        external_id: '003Dn00000AbCdEFGH',
        first_name: 'Ama',
        last_name: 'Asante',
        email: 'ama@example.org',
        other_emails: 'ama@example.net',
        year_of_birth: 1976,
      },
    ],
  },
  {
    program: 'Raiser’s Edge NXT, list as CSV',
    kind: 'alumni',
    content: `\uFEFF${crlf('Constituent ID,Name,Last/Organization Name,First name,Email address,Class of,Birth date,Deceased,Inactive', '10231,Mrs. Efua Addo,Addo,Efua,efua@example.org,2001,9/3/1983,No,Yes')}`,
    expected: [
      {
        external_id: '10231',
        first_name: 'Efua',
        last_name: 'Addo',
        email: 'efua@example.org',
        batch: 2001,
        year_of_birth: 1983,
        deceased: false,
        active: false,
      },
    ],
  },
  {
    program: 'Almabase, directory as CSV',
    kind: 'alumni',
    content:
      'Roll Number,Full Name,Primary Email,Batch,Date of Birth,LinkedIn\nR-88,Yaw Mensah,"yaw@example.org, yaw@example.net",2003-04,1985-06-21,https://example.org/in/yaw\n',
    expected: [
      {
        external_id: 'R-88',
        first_name: 'Yaw',
        last_name: 'Mensah',
        email: 'yaw@example.org',
        other_emails: 'yaw@example.net',
        batch: 2004,
        year_of_birth: 1985,
      },
    ],
  },
  {
    program: 'Mailchimp, audience as CSV',
    kind: 'invitees',
    content:
      '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,TAGS\nesi@example.org,Esi,Boateng,2,"2021-05-04 10:20:30","""Reunion"",""2003"""\n',
    expected: [{ email: 'esi@example.org', name: 'Esi Boateng' }],
  },
  {
    program: 'Outlook, contacts as CSV',
    kind: 'invitees',
    content: crlf(
      '"First Name","Middle Name","Last Name","E-mail Address","E-mail Type","E-mail Display Name","E-mail 2 Address"',
      '"Kwame","","Danso","kwame@example.org","SMTP","Kwame Danso (kwame@example.org)","kwame@example.net"',
    ),
    expected: [{ email: 'kwame@example.org', name: 'Kwame Danso' }],
    leftovers: ['kwame@example.net'],
  },
  {
    program: 'Google Contacts, CSV',
    kind: 'invitees',
    content:
      'First Name,Middle Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value\nNana,,Sarpong,* Home,nana@example.org ::: nana@example.net,\n',
    expected: [{ email: 'nana@example.org', name: 'Nana Sarpong' }],
    leftovers: ['nana@example.net'],
  },
  {
    program: 'an address book, vCard 2.1 and 4.0',
    kind: 'invitees',
    content: crlf(
      ...[
        'BEGIN:VCARD',
        'VERSION:2.1',
        'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;=C5=BD=',
        'ofie;;;',
      ],
      ...['EMAIL;INTERNET;PREF:zofie@example.org', 'EMAIL;INTERNET:zofie@example.net', 'END:VCARD'],
      ...[
        'BEGIN:VCARD',
        'VERSION:4.0',
        'FN:Abena Tetteh',
        'N:Tetteh;Abena;;;',
        'item1.EMAIL;TYPE="home,pref":abena@exa',
        ' mple.org',
      ],
      ...['NOTE:Ask first\\, says Adwoa <adwoa@example.org>', 'END:VCARD'],
    ),
    expected: [
      { email: 'zofie@example.org', name: 'Žofie Núñez' },
      { email: 'abena@example.org', name: 'Abena Tetteh' },
    ],
    leftovers: ['zofie@example.net', 'adwoa@example.org'],
  },
];
