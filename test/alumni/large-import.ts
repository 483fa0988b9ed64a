import { Readable } from 'node:stream';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';

// A program of its own, so that its memory can be limited from outside.
const explanation = 'never looked at '.repeat(25);

function* pieces() {
  yield 'external_id,last_name,email,explanation\n';
  for (let number = 0; number < 30_000; number += 100) {
    const people = Array.from({ length: 100 }, (_, place) => number + place);
    yield people.map((each) => `L${each},Moss,l${each}@example.org,${explanation}${each}\n`).join('');
  }
}

const result = await importAlumni(Readable.from(pieces()), { kind: 'command' });
process.stdout.write(JSON.stringify(result));
await closeDatabase();
