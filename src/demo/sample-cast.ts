/** An invented person of the sample register. */
export type Person = Readonly<{
  firstName: string;
  lastName: string;
  email: string | null;
  batch: number | null;
  center: string | null;
  yearOfBirth: number | null;
  active: boolean;
  deceased: boolean;
}>;

/** Addresses to try things with; what the register holds under each is written beside it. */
export const sampleAddresses = {
  /** One adult, with year of birth. */
  adult: 'maya.lindqvist@example.org',
  /** A parent and two children of 14 to 17. */
  family: 'okafor.family@example.org',
  /** A parent and twins of 14 to 17. */
  twins: 'haddad.family@example.org',
  /** A parent and a child under 14. */
  youngFamily: 'rossi.family@example.org',
  /** Six people of one household: three adults, a child of 14 to 17, one under 14, one without year of birth. */
  many: 'moreau.household@example.org',
  /** One person without year of birth. */
  noYear: 'tomasz.zielinski@example.org',
  /** One adult with neither batch nor center. */
  noBatch: 'suryati@example.org',
  /** One person of 14 to 17, under an address of their own. */
  teen: 'leo.brandt@example.org',
  /** One person under 14, under an address of their own. */
  underFourteen: 'nora.whitfield@example.org',
  /** One person who is inactive: no record is found. */
  inactive: 'gareth.pryce@example.org',
  /** One person who has died: no record is found. */
  deceased: 'rosalind.achterberg@example.org',
  /** Nobody. */
  unknown: 'nobody.known@example.org',
} as const;

/** The people behind `sampleAddresses`, with the ages written there in that year. */
export function cast(year: number): Person[] {
  const {
    adult,
    family,
    twins,
    youngFamily,
    many,
    noYear,
    noBatch,
    teen,
    underFourteen,
    inactive,
    deceased,
  } = sampleAddresses;
  const recent = year - 1;
  return [
    person('Maya', 'Lindqvist', adult, 2008, 'Alder Hill', year - 36),
    person('Ngozi', 'Okafor', family, 1999, 'Cedar Bay', year - 45),
    person('Chinedu', 'Okafor', family, recent, 'Cedar Bay', year - 16),
    person('Amara', 'Okafor', family, year, 'Cedar Bay', year - 15),
    person('Samir', 'Haddad', twins, 1996, 'Lindenhof', year - 48),
    person('Lina', 'Haddad', twins, recent, 'Lindenhof', year - 16),
    person('Yasmin', 'Haddad', twins, recent, 'Lindenhof', year - 16),
    person('Giulia', 'Rossi', youngFamily, 2005, 'Saltmarsh', year - 39),
    person('Pietro', 'Rossi', youngFamily, year, 'Saltmarsh', year - 10),
    person('Hélène', 'Moreau', many, 1978, 'Northlight', year - 66),
    person('Jacques', 'Moreau', many, 1976, null, null),
    person('Camille', 'Moreau', many, 2001, 'Northlight', year - 43),
    person('Antoine', 'Moreau', many, 2019, 'Harbour Street', year - 24),
    person('Élodie', 'Moreau', many, recent, 'Northlight', year - 16),
    person('Bastien', 'Moreau', many, year, 'Northlight', year - 11),
    person('Tomasz', 'Zieliński', noYear, 1992, 'Riverside East', null),
    person('', 'Suryati', noBatch, null, null, year - 52),
    person('Leo', 'Brandt', teen, recent, 'Marigold Lane', year - 16),
    person('Nora', 'Whitfield', underFourteen, year, 'Marigold Lane', year - 11),
    { ...person('Gareth', 'Pryce', inactive, 1988, 'Saltmarsh', year - 57), active: false },
    { ...person('Rosalind', 'Achterberg', deceased, 1979, 'Alder Hill', year - 68), deceased: true },
  ];
}

/** A living, active person. */
export function person(
  firstName: string,
  lastName: string,
  email: string | null,
  batch: number | null,
  center: string | null,
  yearOfBirth: number | null,
): Person {
  return { firstName, lastName, email, batch, center, yearOfBirth, active: true, deceased: false };
}
