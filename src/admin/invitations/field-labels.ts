const fieldLabels: Readonly<Record<string, string>> = {
  name: 'the name',
  password: 'the password',
  records: 'who the records are',
  yearOfBirth: 'the year of birth',
  ownYearOfBirth: 'the own year of birth',
  guardianName: 'the guardian’s name',
  guardianEmail: 'the guardian’s address',
  code: 'the code',
};

/** Labels of registration form fields: "the name, the password". */
export function describeFields(names: readonly string[]): string {
  return names.map((name) => fieldLabels[name] ?? 'the form').join(', ');
}
