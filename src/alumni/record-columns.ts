/** The columns that can be imported, in the order of the table. */
export const recordColumns = [
  'external_id',
  'first_name',
  'last_name',
  'former_name',
  'email',
  'email_of',
  'other_emails',
  'batch',
  'center',
  'year_of_birth',
  'language',
  'active',
  'deceased',
] as const;

export type RecordColumn = (typeof recordColumns)[number];

/** The values of a row, in the columns that its file has. */
export type RecordValues = Readonly<Partial<Record<RecordColumn, string | number | boolean | null>>>;
